import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { useTitle } from '@/lib/use-title';

interface Props {
  title: ReactNode;
  /** for the window, where the title is not a text */
  name?: string;
  /** one line: which question this page answers */
  line: ReactNode;
  actions?: ReactNode;
  /** as high as the window: what is in it scrolls, not the page */
  fill?: boolean;
  children: ReactNode;
}

export const Page = ({ title, name, line, actions, fill, children }: Props) => {
  useTitle(name ?? (typeof title === 'string' ? title : undefined));
  return (
    <div
      className={cn('mx-auto flex w-full max-w-[1400px] flex-col gap-4 p-6', fill && 'h-full')}
      data-print="content"
    >
      <header className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1">
          <h1 className="truncate">{title}</h1>
          <p className="text-muted">{line}</p>
        </div>
        {actions && (
          <div className="flex items-center gap-2" data-print="hide">
            {actions}
          </div>
        )}
      </header>
      {children}
    </div>
  );
};
