/** The object tree as a flat list. Pure, so that its rules can be tested without a server. */

export interface Place {
  catalog?: string | undefined;
  schema?: string | undefined;
  table?: string | undefined;
  /** of a leaf: table (views too), function or volume */
  kind?: string | undefined;
}

type State = 'loading' | 'failed' | 'ready';

export interface Leaf {
  name: string;
  kind: string;
  type: string;
  badge: string | null;
}

export interface Branch {
  state: State;
  leaves: Leaf[];
}

export interface Node {
  id: string;
  label: string;
  level: number;
  type?: string;
  expanded?: boolean | undefined;
  badge?: string | null;
  note?: boolean;
}

/** A place as the id of its row; names may hold anything, so the parts are quoted. */
export const keyOf = ({ catalog, schema, table, kind }: Place) =>
  [catalog, schema, table, table === undefined ? undefined : (kind ?? 'table')]
    .filter((part) => part !== undefined)
    .map((part) => encodeURIComponent(part))
    .join('/');

export function placeOf(id: string): Place {
  const [catalog, schema, table, kind] = id.split('/').map(decodeURIComponent);
  return {
    catalog,
    ...(schema !== undefined && { schema }),
    ...(table !== undefined && { table, kind: kind ?? 'table' }),
  };
}

interface Source {
  catalogs: readonly string[];
  filter: string;
  isOpen: (place: Place) => boolean;
  schemasOf: (catalog: string) => { state: State; names: readonly string[] };
  leavesOf: (place: Place) => Branch;
  /** what the server found for the filter in a catalog, by schema; for branches that were not read */
  foundIn?: (catalog: string) => ReadonlyMap<string, Leaf[]>;
}

const notes: Record<State, string> = {
  loading: 'Loading…',
  failed: 'Could not be read',
  ready: 'Nothing here',
};

/** With a filter: the rows that match, and those above them. A match of a branch keeps all that is in it. */
export function flatten(source: Source): Node[] {
  const needle = source.filter.trim().toLowerCase();
  const hit = (name: string) => needle === '' || name.toLowerCase().includes(needle);
  return source.catalogs.flatMap((catalog) => catalogRows(source, catalog, hit, hit(catalog)));
}

type Hit = (name: string) => boolean;

function catalogRows(source: Source, catalog: string, hit: Hit, whole: boolean): Node[] {
  const place = { catalog };
  const expanded = source.isOpen(place);
  const row: Node = { id: keyOf(place), label: catalog, level: 1, type: 'catalog', expanded };
  const found = source.foundIn?.(catalog);
  if (!expanded && found?.size) return [{ ...row, expanded: true }, ...foundRows(catalog, found)];
  if (!expanded) return whole ? [row] : [];
  const { state, names } = source.schemasOf(catalog);
  const below = names.flatMap((schema) => schemaRows(source, catalog, schema, hit, whole));
  if (below.length === 0 && !whole) return state === 'loading' ? [row, note(row, state)] : [];
  return [row, ...(below.length > 0 ? below : [note(row, state)])];
}

function schemaRows(source: Source, catalog: string, schema: string, hit: Hit, all: boolean): Node[] {
  const place = { catalog, schema };
  const expanded = source.isOpen(place);
  const row: Node = { id: keyOf(place), label: schema, level: 2, type: 'schema', expanded };
  const whole = all || hit(schema);
  const found = source.foundIn?.(catalog).get(schema);
  if (!expanded && found) return foundRows(catalog, new Map([[schema, found]]));
  if (!expanded) return whole ? [row] : [];
  const { state, leaves } = source.leavesOf(place);
  const below = leaves.filter((leaf) => whole || hit(leaf.name)).map((leaf) => leafRow(place, leaf));
  if (below.length === 0 && !whole) return [];
  return [row, ...(below.length > 0 ? below : [note(row, state)])];
}

const leafRow = (place: Place, leaf: Leaf): Node => ({
  id: keyOf({ ...place, table: leaf.name, kind: leaf.kind }),
  label: leaf.name,
  level: 3,
  type: leaf.type,
  badge: leaf.badge,
});

const foundRows = (catalog: string, found: ReadonlyMap<string, Leaf[]>): Node[] =>
  [...found].flatMap(([schema, leaves]) => [
    { id: keyOf({ catalog, schema }), label: schema, level: 2, type: 'schema', expanded: true },
    ...leaves.map((leaf) => leafRow({ catalog, schema }, leaf)),
  ]);

const note = (parent: Node, state: State): Node => ({
  id: `${parent.id}/#`,
  label: notes[state],
  level: parent.level + 1,
  note: true,
});
