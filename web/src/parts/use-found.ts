import { useQueries } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { opQuery } from '@/api/query';
import type { Leaf } from '@/lib/object-tree';

interface Found {
  matched_tables?: { schema: string; table: string; type?: string | null }[];
}

/* With few catalogs all are searched; with many only those that are open: each search reads a catalog. */
const few = 8;
const none: ReadonlyMap<string, Leaf[]> = new Map();

/** The tables that the server knows under what is typed, once typing pauses. */
export function useFound(catalogs: readonly string[], open: readonly string[], filter: string) {
  const typed = useSettled(filter.trim());
  const asked = typed.length < 2 ? [] : catalogs.length <= few ? catalogs : open;
  const pattern = typed.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const results = useQueries({
    queries: asked.map((catalog) => ({
      ...opQuery<Found>('search', { source_catalog: catalog, pattern }),
      retry: false,
    })),
  });
  const current = typed === filter.trim();
  return (catalog: string) => {
    const found = current ? results[asked.indexOf(catalog)]?.data?.matched_tables : undefined;
    return found?.length ? bySchema(found) : none;
  };
}

function bySchema(found: NonNullable<Found['matched_tables']>): ReadonlyMap<string, Leaf[]> {
  const map = new Map<string, Leaf[]>();
  for (const { schema, table, type } of found) {
    const leaf = { name: table, kind: 'table', type: type ?? 'TABLE', badge: null };
    const list = map.get(schema);
    if (list) list.push(leaf);
    else map.set(schema, [leaf]);
  }
  return map;
}

function useSettled(value: string) {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), 250);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
