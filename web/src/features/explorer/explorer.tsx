/** The Explorer: the tree at the left, what is selected in the middle, a table's details at the right. */
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import type { Place } from '@/lib/object-tree';
import { useStoredNumber } from '@/lib/use-stored';
import { ObjectTree } from '@/parts/object-tree';
import { Input } from '@/ui/input';
import { ResizeHandle } from '@/ui/resize-handle';
import { CatalogList } from './catalog-list';
import { CatalogPage } from './catalog-page';
import { SchemaPage } from './schema-page';
import { TableDrawer } from './table-drawer';

export interface ExploreSearch extends Place {
  tab?: string | undefined;
}

export function Explorer({ search }: { search: ExploreSearch }) {
  const navigate = useNavigate();
  const { catalog, schema, table } = search;
  const open = (place: Place) =>
    void navigate({ to: '/explore', search: { ...place, tab: place.table ? search.tab : undefined } });
  const clone = (source_catalog: string) => void navigate({ to: '/clone', search: { source_catalog } });

  return (
    <div className="relative flex h-full min-w-0 overflow-hidden" data-print="content">
      <Browser place={search} onOpen={open} onClone={clone} />
      <div className="min-w-0 flex-1 overflow-auto" data-print="content">
        {!catalog && <CatalogList onOpen={open} />}
        {catalog && !schema && <CatalogPage key={catalog} catalog={catalog} onOpen={open} onClone={clone} />}
        {catalog && schema && (
          <SchemaPage
            key={`${catalog}.${schema}`}
            catalog={catalog}
            schema={schema}
            selected={table}
            onOpen={open}
          />
        )}
      </div>
      {catalog && schema && table && (
        <TableDrawer
          at={{ catalog, schema, table }}
          kind={search.kind ?? 'table'}
          tab={search.tab ?? 'columns'}
          onTab={(tab) => void navigate({ to: '/explore', search: { ...search, tab }, replace: true })}
          onClose={() => open({ catalog, schema })}
          onClone={() => clone(catalog)}
        />
      )}
    </div>
  );
}

interface BrowserProps {
  place: Place;
  onOpen: (place: Place) => void;
  onClone: (catalog: string) => void;
}

function Browser(props: BrowserProps) {
  const [width, setWidth] = useStoredNumber('clxs-browser-width', 260);
  const [filter, setFilter] = useState('');
  const slow = useDeferredValue(filter);
  return (
    <aside
      aria-label="Catalog browser"
      data-print="hide"
      className="relative flex shrink-0 flex-col border-r bg-surface-1"
      style={{ width }}
    >
      <div className="relative p-2">
        <Search aria-hidden className="pointer-events-none absolute top-4 left-4 size-4 text-muted" />
        <Input
          type="search"
          aria-label="Filter the tree"
          placeholder="Filter"
          className="pl-8"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <ObjectTree {...props} filter={slow} />
      <ResizeHandle
        label="Width of the catalog browser"
        side="right"
        width={width}
        min={180}
        max={520}
        onResize={setWidth}
      />
    </aside>
  );
}
