import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { Table2 } from 'lucide-react';
import { useMemo } from 'react';
import { functionsQuery, tablesQuery, volumesQuery } from '@/api/query';
import { counted } from '@/lib/format';
import type { Place } from '@/lib/object-tree';
import { ObjectIcon } from '@/parts/object-icon';
import { Page } from '@/parts/page';
import { Problem } from '@/parts/problem';
import { Name } from '@/ui/copy';
import { DataTable } from '@/ui/data-table';
import { Empty } from '@/ui/empty';
import { SkeletonRows } from '@/ui/skeleton';

interface Props {
  catalog: string;
  schema: string;
  selected: string | undefined;
  onOpen: (place: Place) => void;
}

interface Item {
  name: string;
  kind: string;
  type: string;
  format: string;
  comment: string;
}

const columns: ColumnDef<Item>[] = [
  {
    id: 'name',
    header: 'Name',
    accessorKey: 'name',
    size: 300,
    cell: ({ row }) => (
      <span className="flex items-center gap-2">
        <ObjectIcon type={row.original.type} />
        <Name name={row.original.name} />
      </span>
    ),
  },
  { id: 'type', header: 'Type', accessorKey: 'type', size: 150 },
  { id: 'format', header: 'Format', accessorKey: 'format', size: 110 },
  { id: 'comment', header: 'Comment', accessorKey: 'comment', size: 300 },
];

const words = (text: string) => text.toLowerCase().replaceAll('_', ' ');

export function SchemaPage({ catalog, schema, selected, onOpen }: Props) {
  const tables = useQuery(tablesQuery(catalog, schema));
  const functions = useQuery(functionsQuery(catalog, schema));
  const volumes = useQuery(volumesQuery(catalog, schema));
  const all = [tables, functions, volumes];
  const failed = all.find((query) => query.isError);
  const pending = all.some((query) => query.isPending);
  const items = useMemo<Item[]>(
    () => [
      ...(tables.data ?? []).map((t) => ({
        name: t.name,
        kind: 'table',
        type: words(t.table_type ?? 'table'),
        format: words(t.data_source_format ?? ''),
        comment: t.comment ?? '',
      })),
      ...(functions.data ?? []).map((f) => ({
        name: f.name,
        kind: 'function',
        type: 'function',
        format: '',
        comment: f.comment ?? '',
      })),
      ...(volumes.data ?? []).map((v) => ({
        name: v.name,
        kind: 'volume',
        type: 'volume',
        format: words(v.volume_type ?? ''),
        comment: v.comment ?? '',
      })),
    ],
    [tables.data, functions.data, volumes.data],
  );

  return (
    <Page
      fill
      title={<Name name={`${catalog}.${schema}`} />}
      name={`${catalog}.${schema}`}
      line={
        pending || failed ? 'What is in this schema.' : `${counted(items.length, 'object')} in this schema.`
      }
    >
      {failed && (
        <Problem
          error={failed.error}
          title={`The schema ${schema} cannot be read`}
          onRetry={() => all.forEach((query) => void query.refetch())}
        />
      )}
      {!failed && pending && <SkeletonRows label="Loading the objects" />}
      {!failed && !pending && items.length === 0 && (
        <Empty
          icon={<Table2 aria-hidden />}
          title="This schema is empty"
          command={`clxs register --catalog ${catalog} --schema ${schema} --from FOLDER`}
        >
          Register a folder of Delta tables, or create a table in it, and it appears here.
        </Empty>
      )}
      {!failed && !pending && items.length > 0 && (
        <DataTable
          label="Objects"
          rows={items}
          columns={columns}
          rowId={(row) => row.name}
          selected={selected ?? ''}
          onOpen={(row) => onOpen({ catalog, schema, table: row.name, kind: row.kind })}
          exportName={`${catalog}-${schema}`}
        />
      )}
    </Page>
  );
}
