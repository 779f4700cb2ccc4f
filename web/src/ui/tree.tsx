/**
 * A tree of any size. It is given the rows that are visible, flat and in order, and draws only those in view.
 * The focus stays on the tree; the active row is named by aria-activedescendant, so that a row may come and
 * go with scrolling without taking the focus along.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { cn } from '@/lib/cn';
import { type Action, ContextMenu } from './menu';

export interface TreeRow {
  id: string;
  label: string;
  level: number;
  /** undefined for a leaf */
  expanded?: boolean | undefined;
  icon?: ReactNode;
  badge?: ReactNode;
  /** a line of news (loading, failed, empty) and no object */
  note?: boolean;
}

interface Props {
  label: string;
  rows: readonly TreeRow[];
  selected?: string | undefined;
  onToggle: (row: TreeRow, expand: boolean) => void;
  onOpen: (row: TreeRow) => void;
  actions?: (row: TreeRow) => readonly Action[];
}

const height = 28;

export function Tree({ label, rows, selected, onToggle, onOpen, actions }: Props) {
  const base = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | undefined>(selected);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    initialRect: { width: 240, height: 600 },
  });
  const at = Math.max(
    0,
    rows.findIndex((row) => row.id === active),
  );

  useEffect(() => setActive(selected), [selected]);

  const go = (index: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (!row) return;
    setActive(row.id);
    virtual.scrollToIndex(rows.indexOf(row));
  };

  const keys = (event: KeyboardEvent) => {
    const row = rows[at];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const handled = move(event.key, row);
    if (handled) event.preventDefault();
  };

  const move = (key: string, row: TreeRow): boolean => {
    switch (key) {
      case 'ArrowDown':
        return (go(at + 1), true);
      case 'ArrowUp':
        return (go(at - 1), true);
      case 'Home':
        return (go(0), true);
      case 'End':
        return (go(rows.length - 1), true);
      case 'ArrowRight':
        if (row.expanded === false) onToggle(row, true);
        else if (row.expanded && !rows[at + 1]?.note) go(at + 1);
        return true;
      case 'ArrowLeft':
        if (row.expanded) onToggle(row, false);
        else go(parentOf(rows, at));
        return true;
      case 'Enter':
      case ' ':
        if (!row.note) onOpen(row);
        return true;
      default:
        return key.length === 1 && typeahead(key);
    }
  };

  const typeahead = (key: string) => {
    const order = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
    const found = order.find((row) => row.label.toLowerCase().startsWith(key.toLowerCase()));
    if (found) go(rows.indexOf(found));
    return found !== undefined;
  };

  return (
    <div
      ref={scroller}
      role="tree"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={rows[at] ? `${base}-${at}` : undefined}
      onKeyDown={keys}
      className="group/tree min-h-0 flex-1 overflow-auto px-1 outline-none"
    >
      <div role="none" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]!;
          const line = (
            <div
              key={row.id}
              id={`${base}-${item.index}`}
              role="treeitem"
              aria-level={row.level}
              aria-expanded={row.expanded}
              aria-selected={row.id === selected}
              aria-disabled={row.note || undefined}
              tabIndex={-1}
              className={cn(
                'absolute top-0 left-0 flex w-full items-center gap-1.5 rounded-sm pr-1 text-sm hover:bg-surface-2',
                row.note && 'text-muted italic',
                row.id === selected && 'bg-surface-3 font-medium',
                item.index === at &&
                  'group-focus-visible/tree:outline-2 group-focus-visible/tree:-outline-offset-2 group-focus-visible/tree:outline-focus',
              )}
              style={{
                height,
                transform: `translateY(${item.start}px)`,
                paddingLeft: 4 + (row.level - 1) * 14,
              }}
              onClick={() => {
                setActive(row.id);
                if (!row.note) onOpen(row);
              }}
              onKeyDown={() => {}}
            >
              <span
                aria-hidden
                className="flex size-5 shrink-0 items-center justify-center text-muted"
                onClick={(event) => {
                  if (row.expanded === undefined) return;
                  event.stopPropagation();
                  setActive(row.id);
                  onToggle(row, !row.expanded);
                }}
              >
                {row.expanded !== undefined && (
                  <ChevronRight className={cn('size-3.5', row.expanded && 'rotate-90')} />
                )}
              </span>
              <span aria-hidden className="text-muted [&_svg]:size-4">
                {row.icon}
              </span>
              <span className={cn('truncate', !row.note && 'font-mono text-xs')}>{row.label}</span>
              {row.badge && <span className="ml-auto pl-1">{row.badge}</span>}
            </div>
          );
          const menu = row.note ? [] : (actions?.(row) ?? []);
          return menu.length > 0 ? (
            <ContextMenu key={row.id} actions={menu}>
              {line}
            </ContextMenu>
          ) : (
            line
          );
        })}
      </div>
    </div>
  );
}

function parentOf(rows: readonly TreeRow[], at: number) {
  const level = rows[at]?.level ?? 1;
  for (let i = at - 1; i >= 0; i--) if (rows[i]!.level < level) return i;
  return at;
}
