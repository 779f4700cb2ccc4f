/** The frame round every page: header, sidebar, the palette on ⌘K, and a way past them for the keyboard. */
import { type ReactNode, Suspense, lazy, useEffect, useState } from 'react';
import { useStoredFlag } from '@/lib/use-stored';
import { Header } from './header';
import { Sidebar } from './sidebar';

const Palette = lazy(() => import('./palette').then((module) => ({ default: module.Palette })));

export function AppShell({ children }: { children: ReactNode }) {
  const [rail, setRail] = useStoredFlag('clxs-sidebar-collapsed', false);
  const [palette, setPalette] = useState<'never' | 'open' | 'closed'>('never');

  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setPalette((state) => (state === 'open' ? 'closed' : 'open'));
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  }, []);

  return (
    <div className="flex h-full flex-col" data-print="content">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-accent-text focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <Header onPalette={() => setPalette('open')} />
      <div className="flex min-h-0 flex-1" data-print="content">
        <Sidebar rail={rail} onRail={setRail} />
        <main
          id="main"
          tabIndex={-1}
          className="min-w-0 flex-1 overflow-auto outline-none"
          data-print="content"
        >
          {children}
        </main>
      </div>
      {palette !== 'never' && (
        <Suspense fallback={null}>
          <Palette
            open={palette === 'open'}
            onOpenChange={(open) => setPalette(open ? 'open' : 'closed')}
            onSidebar={() => setRail(!rail)}
          />
        </Suspense>
      )}
    </div>
  );
}
