/**
 * Catalogs → schemas → tables, views, functions, volumes. A branch is read when it is first opened. The filter
 * looks at what was read, and asks the server about the rest (see use-found.ts).
 */
import { useQueries, useQuery } from '@tanstack/react-query';
import { Copy, CopyPlus, PanelRightOpen } from 'lucide-react';
import { useMemo, useState } from 'react';
import { catalogsQuery, functionsQuery, schemasQuery, tablesQuery, volumesQuery } from '@/api/query';
import { type Branch, type Leaf, type Place, flatten, keyOf, placeOf } from '@/lib/object-tree';
import { Badge } from '@/ui/badge';
import { Tree, type TreeRow } from '@/ui/tree';
import { useFound } from './use-found';
import { ObjectIcon } from './object-icon';

interface Props {
  place: Place;
  filter: string;
  onOpen: (place: Place) => void;
  onClone: (catalog: string) => void;
}

export function ObjectTree({ place, filter, onOpen, onClone }: Props) {
  const catalogs = useQuery(catalogsQuery());
  const [toggled, setToggled] = useState<Readonly<Record<string, boolean>>>({});
  const isOpen = (at: Place) => toggled[keyOf(at)] ?? onPath(at, place);

  const names = (catalogs.data ?? []).map((catalog) => catalog.name);
  const openCatalogs = names.filter((catalog) => isOpen({ catalog }));
  const schemas = useQueries({ queries: openCatalogs.map((catalog) => schemasQuery(catalog)) });
  const openSchemas = openCatalogs.flatMap((catalog, i) =>
    (schemas[i]?.data ?? []).map((schema) => ({ catalog, schema: schema.name })).filter((at) => isOpen(at)),
  );
  const tables = useQueries({ queries: openSchemas.map((s) => tablesQuery(s.catalog, s.schema)) });
  const functions = useQueries({ queries: openSchemas.map((s) => functionsQuery(s.catalog, s.schema)) });
  const volumes = useQueries({ queries: openSchemas.map((s) => volumesQuery(s.catalog, s.schema)) });

  const inSchema = (at: Place): Branch => {
    const i = openSchemas.findIndex((s) => s.catalog === at.catalog && s.schema === at.schema);
    const of = [tables[i], functions[i], volumes[i]];
    const leaves: Leaf[] = [
      ...(tables[i]?.data ?? []).map((t) => ({
        name: t.name,
        kind: 'table',
        type: t.table_type ?? 'TABLE',
        badge: shortType(t.table_type, t.data_source_format),
      })),
      ...(functions[i]?.data ?? []).map((f) => ({
        name: f.name,
        kind: 'function',
        type: 'FUNCTION',
        badge: null,
      })),
      ...(volumes[i]?.data ?? []).map((v) => ({ name: v.name, kind: 'volume', type: 'VOLUME', badge: null })),
    ];
    return {
      state: of.some((q) => q?.isPending) ? 'loading' : of.some((q) => q?.isError) ? 'failed' : 'ready',
      leaves,
    };
  };

  const foundIn = useFound(names, openCatalogs, filter);
  const nodes = flatten({
    catalogs: names,
    filter,
    foundIn,
    isOpen,
    schemasOf: (catalog) => {
      const query = schemas[openCatalogs.indexOf(catalog)];
      return {
        state: query?.isError ? 'failed' : query?.data ? 'ready' : 'loading',
        names: (query?.data ?? []).map((schema) => schema.name),
      };
    },
    leavesOf: inSchema,
  });

  const rows = useMemo<TreeRow[]>(
    () =>
      nodes.map((node) => ({
        id: node.id,
        label: node.label,
        level: node.level,
        expanded: node.expanded,
        note: node.note ?? false,
        icon: node.note ? null : <ObjectIcon type={node.type} />,
        badge: node.badge ? <Badge className="h-4 px-1 font-normal">{node.badge}</Badge> : null,
      })),
    [nodes],
  );

  const copyName = (at: Place) => {
    const parts = [at.catalog, at.schema, at.table].filter(Boolean);
    void navigator.clipboard?.writeText(parts.join('.'));
  };

  return (
    <Tree
      label="Catalogs"
      rows={rows}
      selected={place.catalog ? keyOf(place) : undefined}
      onToggle={(row, expand) => setToggled((all) => ({ ...all, [row.id]: expand }))}
      onOpen={(row) => {
        const at = placeOf(row.id);
        const same = row.id === keyOf(place);
        if (!at.table) setToggled((all) => ({ ...all, [row.id]: same ? !row.expanded : true }));
        if (!same) onOpen(at);
      }}
      actions={(row) => {
        const at = placeOf(row.id);
        return [
          { label: 'Open', icon: <PanelRightOpen aria-hidden />, run: () => onOpen(at) },
          { label: 'Copy the full name', icon: <Copy aria-hidden />, run: () => copyName(at) },
          {
            label: `Clone ${at.catalog ?? ''}`,
            icon: <CopyPlus aria-hidden />,
            run: () => onClone(at.catalog ?? ''),
          },
        ];
      }}
    />
  );
}

/** What is on the way to the selected place is open by itself. */
const onPath = (at: Place, place: Place) =>
  at.catalog === place.catalog && (at.schema ? at.schema === place.schema : true);

function shortType(type: string | null | undefined, format: string | null | undefined) {
  if (type && /view/i.test(type)) return 'view';
  if (format && !/delta/i.test(format)) return format.toLowerCase();
  return type && /external|shallow/i.test(type) ? type.toLowerCase().replaceAll('_', ' ') : null;
}
