import { useQuery } from '@tanstack/react-query';
import type { ColumnDef } from '@tanstack/react-table';
import { Database } from 'lucide-react';
import { catalogsQuery } from '@/api/query';
import type { Catalog } from '@/api/types';
import type { Place } from '@/lib/object-tree';
import { Page } from '@/parts/page';
import { Problem } from '@/parts/problem';
import { Name } from '@/ui/copy';
import { DataTable } from '@/ui/data-table';
import { Empty } from '@/ui/empty';
import { SkeletonRows } from '@/ui/skeleton';

const columns: ColumnDef<Catalog>[] = [
  {
    id: 'name',
    header: 'Catalog',
    accessorKey: 'name',
    size: 280,
    cell: ({ row }) => <Name name={row.original.name} />,
  },
  { id: 'owner', header: 'Owner', accessorFn: (row) => row.owner ?? '', size: 180 },
  { id: 'comment', header: 'Comment', accessorFn: (row) => row.comment ?? '', size: 300 },
];

export function CatalogList({ onOpen }: { onOpen: (place: Place) => void }) {
  const { data, error, isPending, refetch } = useQuery(catalogsQuery());
  return (
    <Page fill title="Explorer" line="What is in this workspace, down to each column and version.">
      {isPending && <SkeletonRows label="Loading the catalogs" />}
      {error && (
        <Problem error={error} title="The catalogs cannot be listed" onRetry={() => void refetch()} />
      )}
      {data?.length === 0 && (
        <Empty
          icon={<Database aria-hidden />}
          title="No catalogs yet"
          command="clxs demo-data --catalog demo_retail --industry retail"
        >
          Make a catalog of demo data, or register a folder of Delta tables, and it appears here.
        </Empty>
      )}
      {data && data.length > 0 && (
        <DataTable
          label="Catalogs"
          rows={data}
          columns={columns}
          rowId={(row) => row.name}
          onOpen={(row) => onOpen({ catalog: row.name })}
          exportName="catalogs"
        />
      )}
    </Page>
  );
}
