import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { Boxes, CopyPlus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { opQuery, schemasQuery } from '@/api/query';
import type { Schema, Stats, TableStats } from '@/api/types';
import { cn } from '@/lib/cn';
import { bytes, count } from '@/lib/format';
import type { Place } from '@/lib/object-tree';
import { Page } from '@/parts/page';
import { Problem } from '@/parts/problem';
import { Button } from '@/ui/button';
import { Stat } from '@/ui/card';
import { Name } from '@/ui/copy';
import { DataTable } from '@/ui/data-table';
import { Empty } from '@/ui/empty';
import { Skeleton, SkeletonRows } from '@/ui/skeleton';

interface Props {
  catalog: string;
  onOpen: (place: Place) => void;
  onClone: (catalog: string) => void;
}

export function CatalogPage({ catalog, onOpen, onClone }: Props) {
  const schemas = useQuery(schemasQuery(catalog));
  const stats = useQuery(opQuery<Stats>('stats', { source_catalog: catalog }));
  return (
    <Page
      fill
      title={<Name name={catalog} />}
      name={catalog}
      line="How large this catalog is, and what is in it."
      actions={
        <Button look="primary" onClick={() => onClone(catalog)}>
          <CopyPlus aria-hidden />
          Clone this catalog
        </Button>
      }
    >
      {schemas.error && (
        <Problem
          error={schemas.error}
          title={`The schemas of ${catalog} cannot be listed`}
          onRetry={() => void schemas.refetch()}
        />
      )}
      {!schemas.error && stats.error && (
        <Problem
          error={stats.error}
          title={`The statistics of ${catalog} cannot be read`}
          onRetry={() => void stats.refetch()}
        />
      )}
      {!schemas.error && !stats.error && <Cards stats={stats.data} />}
      {schemas.isPending && <SkeletonRows label="Loading the schemas" />}
      {schemas.data?.length === 0 && (
        <Empty
          icon={<Boxes aria-hidden />}
          title="This catalog is empty"
          command={`clxs clone --source SOURCE --dest ${catalog}`}
        >
          Clone another catalog into it, or create a schema in it.
        </Empty>
      )}
      {schemas.data && schemas.data.length > 0 && (
        <Contents catalog={catalog} schemas={schemas.data} tables={stats.data?.tables} onOpen={onOpen} />
      )}
    </Page>
  );
}

const Cards = ({ stats }: { stats: Stats | undefined }) => {
  const waiting = <Skeleton className="my-1 w-16" />;
  const show = (n: number | undefined, write: (n: number) => string) =>
    stats ? (n === undefined ? '—' : write(n)) : waiting;
  return (
    <dl className="flex flex-wrap gap-2" aria-busy={!stats}>
      <Stat label="Schemas" value={show(stats?.num_schemas, count)} />
      <Stat label="Tables" value={show(stats?.num_tables, count)} />
      <Stat label="Rows" value={show(stats?.total_rows, count)} />
      <Stat
        label="Size"
        value={show(stats?.total_size_bytes, bytes)}
        title={stats?.total_size_bytes === undefined ? undefined : `${count(stats.total_size_bytes)} bytes`}
      />
    </dl>
  );
};

interface ContentsProps {
  catalog: string;
  schemas: Schema[];
  tables: TableStats[] | undefined;
  onOpen: (place: Place) => void;
}

/** The tables with their sizes, by schema pills; before the sizes are there, the schemas alone. */
function Contents({ catalog, schemas, tables, onOpen }: ContentsProps) {
  const [only, setOnly] = useState<string | null>(null);
  const shown = useMemo(() => (tables ?? []).filter((t) => !only || t.schema === only), [tables, only]);
  if (!tables || tables.length === 0)
    return (
      <DataTable
        label="Schemas"
        rows={schemas}
        columns={schemaColumns}
        rowId={(row) => row.name}
        onOpen={(row) => onOpen({ catalog, schema: row.name })}
        exportName={`${catalog}-schemas`}
      />
    );
  const pills = [...new Set(tables.map((t) => t.schema))];
  return (
    <DataTable
      label="Tables"
      rows={shown}
      columns={tableColumns}
      rowId={(row) => `${row.schema}.${row.table}`}
      onOpen={(row) => onOpen({ catalog, schema: row.schema, table: row.table, kind: 'table' })}
      exportName={`${catalog}-tables`}
      toolbar={
        <div role="group" aria-label="Schema" className="flex flex-wrap gap-1">
          {[null, ...pills].map((name) => (
            <button
              key={name ?? ''}
              type="button"
              aria-pressed={only === name}
              onClick={() => setOnly(name)}
              className={cn(
                'h-8 rounded-md px-2.5 text-xs',
                only === name ? 'bg-surface-3 font-medium' : 'text-muted hover:bg-surface-2',
                name && 'font-mono',
              )}
            >
              {name ?? 'All schemas'}
            </button>
          ))}
        </div>
      }
    />
  );
}

const schemaColumns: ColumnDef<Schema>[] = [
  {
    id: 'name',
    header: 'Schema',
    accessorKey: 'name',
    size: 280,
    cell: ({ row }) => <Name name={row.original.name} />,
  },
  { id: 'comment', header: 'Comment', accessorFn: (row) => row.comment ?? '', size: 300 },
];

const numeric = { numeric: true };
const dash = <span className="text-muted">—</span>;

const tableColumns: ColumnDef<TableStats>[] = [
  {
    id: 'table',
    header: 'Table',
    accessorKey: 'table',
    size: 260,
    cell: ({ row }) => <Name name={row.original.table} />,
  },
  {
    id: 'schema',
    header: 'Schema',
    accessorKey: 'schema',
    size: 160,
    cell: ({ row }) => <span className="font-mono text-xs">{row.original.schema}</span>,
  },
  {
    id: 'row_count',
    header: 'Rows',
    accessorFn: (row) => row.row_count ?? null,
    size: 110,
    meta: numeric,
    cell: ({ row }) => (row.original.row_count == null ? dash : count(row.original.row_count)),
  },
  {
    id: 'num_files',
    header: 'Files',
    accessorFn: (row) => row.num_files ?? null,
    size: 90,
    meta: numeric,
    cell: ({ row }) => (row.original.num_files == null ? dash : count(row.original.num_files)),
  },
  {
    id: 'size_bytes',
    header: 'Size',
    accessorFn: (row) => row.size_bytes ?? null,
    size: 110,
    meta: numeric,
    cell: ({ row: { original: row } }) =>
      row.size_bytes == null ? (
        dash
      ) : (
        <span title={`${count(row.size_bytes)} bytes`}>{bytes(row.size_bytes)}</span>
      ),
  },
];
