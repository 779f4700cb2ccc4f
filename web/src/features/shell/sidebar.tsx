import { Link } from '@tanstack/react-router';
import { ChevronDown, PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/lib/cn';
import { useStoredNumber } from '@/lib/use-stored';
import { ResizeHandle } from '@/ui/resize-handle';
import { Tooltip } from '@/ui/tooltip';
import { type NavPage, groups, pages } from './nav';

interface Props {
  rail: boolean;
  onRail: (rail: boolean) => void;
}

const link =
  'flex h-8 items-center gap-2 rounded-md px-2 text-sm text-text hover:bg-surface-2 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted';

export function Sidebar({ rail, onRail }: Props) {
  const [width, setWidth] = useStoredNumber('clxs-sidebar-width', 180);
  const label = rail ? 'Expand the sidebar' : 'Collapse the sidebar';
  return (
    <nav
      aria-label="Main"
      data-print="hide"
      className="relative flex shrink-0 flex-col border-r bg-surface-1"
      style={{ width: rail ? 48 : width }}
    >
      <div className="min-h-0 flex-1 overflow-y-auto p-2">
        {groups.map((group) => {
          const list = pages.filter((page) => page.group === group);
          return list.length > 0 && <Group key={group} name={group} list={list} rail={rail} />;
        })}
      </div>
      <div className="border-t p-2">
        <Hint rail={rail} text={label}>
          <button
            type="button"
            aria-label={label}
            onClick={() => onRail(!rail)}
            className={cn(link, 'w-full text-muted', rail && 'justify-center px-0')}
          >
            {rail ? <PanelLeftOpen aria-hidden /> : <PanelLeftClose aria-hidden />}
            {!rail && 'Collapse'}
          </button>
        </Hint>
      </div>
      {!rail && (
        <ResizeHandle
          label="Width of the sidebar"
          side="right"
          width={width}
          min={140}
          max={320}
          onResize={setWidth}
        />
      )}
    </nav>
  );
}

function Group({ name, list, rail }: { name: string; list: NavPage[]; rail: boolean }) {
  const [open, setOpen] = useState(true);
  return (
    <div className="mb-2">
      {!rail && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-8 w-full items-center justify-between rounded-md px-2 text-xs font-medium text-muted hover:text-text"
        >
          {name}
          <ChevronDown aria-hidden className={cn('size-3.5', !open && '-rotate-90')} />
        </button>
      )}
      {(open || rail) && (
        <ul>
          {list.map(({ to, title, icon: Icon }) => (
            <li key={to}>
              <Hint rail={rail} text={title}>
                <Link
                  to={to}
                  aria-label={rail ? title : undefined}
                  className={cn(link, rail && 'justify-center px-0')}
                  activeProps={{ className: 'bg-surface-3 font-medium [&_svg]:text-accent' }}
                >
                  <Icon aria-hidden />
                  {!rail && <span className="truncate">{title}</span>}
                </Link>
              </Hint>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const Hint = ({ rail, text, children }: { rail: boolean; text: string; children: React.ReactNode }) =>
  rail ? (
    <Tooltip text={text} side="right">
      {children}
    </Tooltip>
  ) : (
    children
  );
