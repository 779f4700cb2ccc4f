/**
 * The table of the product: sticky header, sorting, columns that can be chosen and resized, rows by keyboard,
 * export of what is shown. Only the rows in view are drawn.
 */
import {
  type ColumnDef,
  type Row,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  useReactTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, Columns3, Download } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { cn } from '@/lib/cn';
import { download, toCsv } from '@/lib/export';
import { counted, humanise } from '@/lib/format';
import { Button } from './button';
import { Menu, MenuCheck, MenuItem, MenuLabel } from './menu';

declare module '@tanstack/react-table' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface ColumnMeta<TData, TValue> {
    /** numbers stand at the right, with tabular figures */
    numeric?: boolean;
  }
}

interface Props<T> {
  label: string;
  rows: T[];
  columns: ColumnDef<T>[];
  rowId: (row: T) => string;
  /** Enter or a click on the row */
  onOpen?: (row: T) => void;
  selected?: string | undefined;
  /** at the left, above the table */
  toolbar?: ReactNode;
  exportName: string;
}

const rowHeight = 36;

export function DataTable<T>({
  label,
  rows,
  columns,
  rowId,
  onOpen,
  selected,
  toolbar,
  exportName,
}: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const table = useReactTable({
    data: rows,
    columns,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    columnResizeMode: 'onChange',
    defaultColumn: { minSize: 60, size: 150 },
  });
  const sorted = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    initialRect: { width: 800, height: 600 },
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const shown = table.getVisibleLeafColumns();
  // one column takes the room that is left: the last, unless numbers stand there
  const wide = shown.at(-1)?.columnDef.meta?.numeric ? 0 : shown.length - 1;

  const keys = (event: KeyboardEvent<HTMLTableRowElement>, row: Row<T>, index: number) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' && onOpen) return onOpen(row.original);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    virtual.scrollToIndex(Math.max(0, Math.min(sorted.length - 1, index + step)));
    const next = step > 0 ? 'nextElementSibling' : 'previousElementSibling';
    (event.currentTarget[next] as HTMLElement | null)?.focus();
  };

  const exportAs = (kind: 'csv' | 'json') => {
    const names = shown.filter((column) => column.accessorFn);
    const records = sorted.map((row) =>
      Object.fromEntries(names.map((column) => [column.id, row.getValue(column.id)])),
    );
    const text = kind === 'csv' ? toCsv(records) : JSON.stringify(records, null, 2);
    download(`${exportName}.${kind}`, text, kind === 'csv' ? 'text/csv' : 'application/json');
  };

  return (
    <div
      className="flex min-h-40 flex-initial flex-col overflow-hidden rounded-lg border bg-surface-1"
      data-print="content"
    >
      <div className="flex flex-wrap items-center gap-2 border-b px-2 py-1.5" data-print="hide">
        {toolbar}
        <span className="nums ml-auto text-xs text-muted">{counted(sorted.length, 'row')}</span>
        <Menu
          label="Columns"
          trigger={
            <Button look="ghost" icon aria-label="Choose columns">
              <Columns3 aria-hidden />
            </Button>
          }
        >
          <MenuLabel>Columns</MenuLabel>
          {table.getAllLeafColumns().map((column) => (
            <MenuCheck
              key={column.id}
              checked={column.getIsVisible()}
              onChange={(on) => column.toggleVisibility(on)}
            >
              {typeof column.columnDef.header === 'string' ? column.columnDef.header : humanise(column.id)}
            </MenuCheck>
          ))}
        </Menu>
        <Menu
          label="Export"
          trigger={
            <Button look="ghost" icon aria-label="Export what is shown">
              <Download aria-hidden />
            </Button>
          }
        >
          <MenuItem onSelect={() => exportAs('csv')}>Export as CSV</MenuItem>
          <MenuItem onSelect={() => exportAs('json')}>Export as JSON</MenuItem>
        </Menu>
      </div>
      <div ref={scroller} tabIndex={-1} className="min-h-0 flex-initial overflow-auto" data-print="content">
        <table
          aria-label={label}
          className="w-full table-fixed border-collapse text-sm"
          style={{ minWidth: table.getTotalSize() }}
        >
          <colgroup>
            {shown.map((column, i) => (
              <col key={column.id} style={i === wide ? undefined : { width: column.getSize() }} />
            ))}
          </colgroup>
          <thead className="sticky top-0 z-10 bg-surface-1">
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((header) => {
                  const { column } = header;
                  const dir = column.getIsSorted();
                  const numeric = column.columnDef.meta?.numeric;
                  return (
                    <th
                      key={header.id}
                      scope="col"
                      aria-sort={dir ? (dir === 'asc' ? 'ascending' : 'descending') : undefined}
                      className={cn(
                        'relative h-8 border-b px-3 text-xs font-medium text-muted',
                        numeric ? 'text-right' : 'text-left',
                      )}
                    >
                      {column.getCanSort() ? (
                        <button
                          type="button"
                          className={cn(
                            'inline-flex h-8 max-w-full items-center gap-1 hover:text-text',
                            numeric && 'flex-row-reverse',
                          )}
                          onClick={column.getToggleSortingHandler()}
                        >
                          <span className="truncate">
                            {flexRender(column.columnDef.header, header.getContext())}
                          </span>
                          {dir === 'asc' && <ArrowUp aria-hidden className="size-3" />}
                          {dir === 'desc' && <ArrowDown aria-hidden className="size-3" />}
                        </button>
                      ) : (
                        flexRender(column.columnDef.header, header.getContext())
                      )}
                      <span
                        aria-hidden
                        onMouseDown={header.getResizeHandler()}
                        onTouchStart={header.getResizeHandler()}
                        className="absolute inset-y-1 right-0 w-1 cursor-col-resize border-r hover:border-accent"
                      />
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {before > 0 && (
              <tr aria-hidden>
                <td colSpan={shown.length} style={{ height: before, padding: 0 }} />
              </tr>
            )}
            {items.map((item, i) => {
              const row = sorted[item.index]!;
              return (
                <tr
                  key={row.id}
                  tabIndex={i === 0 ? 0 : -1}
                  aria-selected={selected === undefined ? undefined : row.id === selected}
                  onKeyDown={(event) => keys(event, row, item.index)}
                  onClick={() => onOpen?.(row.original)}
                  className={cn(
                    'h-9 border-b last:border-0 focus-visible:-outline-offset-2',
                    onOpen && 'cursor-pointer hover:bg-surface-2',
                    row.id === selected && 'bg-surface-3',
                  )}
                >
                  {row.getVisibleCells().map((cell) => (
                    <td
                      key={cell.id}
                      className={cn(
                        'h-9 truncate px-3 py-0',
                        cell.column.columnDef.meta?.numeric && 'nums text-right',
                      )}
                    >
                      {flexRender(cell.column.columnDef.cell, cell.getContext())}
                    </td>
                  ))}
                </tr>
              );
            })}
            {after > 0 && (
              <tr aria-hidden>
                <td colSpan={shown.length} style={{ height: after, padding: 0 }} />
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </div>
  );
}
