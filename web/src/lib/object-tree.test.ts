import { expect, it } from 'vitest';
import { type Place, flatten, keyOf, placeOf } from './object-tree';

const source = (open: Place[], filter = '') => ({
  catalogs: ['prod', 'dev/α.β'],
  filter,
  isOpen: (place: Place) => open.some((o) => keyOf(o) === keyOf(place)),
  schemasOf: () => ({ state: 'ready' as const, names: ['sales', 'hr'] }),
  leavesOf: () => ({
    state: 'ready' as const,
    leaves: [
      { name: 'orders', kind: 'table', type: 'MANAGED', badge: null },
      { name: 'mask', kind: 'function', type: 'FUNCTION', badge: null },
    ],
  }),
});

it('shows only what is open', () => {
  expect(flatten(source([])).map((n) => n.label)).toEqual(['prod', 'dev/α.β']);
  const open = [{ catalog: 'prod' }, { catalog: 'prod', schema: 'hr' }];
  expect(flatten(source(open)).map((n) => `${n.level} ${n.label}`)).toEqual([
    '1 prod',
    '2 sales',
    '2 hr',
    '3 orders',
    '3 mask',
    '1 dev/α.β',
  ]);
});

it('a filter keeps the matches and those above them', () => {
  const open = [{ catalog: 'prod' }, { catalog: 'prod', schema: 'hr' }];
  expect(flatten(source(open, 'ORD')).map((n) => n.label)).toEqual(['prod', 'hr', 'orders']);
});

it('shows what the server found in branches that were not read', () => {
  const found = new Map([['hr', [{ name: 'ordinances', kind: 'table', type: 'MANAGED', badge: null }]]]);
  const foundIn = (catalog: string) => (catalog === 'prod' ? found : new Map<string, never>());
  const closed = flatten({ ...source([], 'ord'), foundIn });
  expect(closed.map((n) => n.label)).toEqual(['prod', 'hr', 'ordinances']);
  const half = flatten({ ...source([{ catalog: 'prod' }], 'ord'), foundIn });
  expect(half.map((n) => n.label)).toEqual(['prod', 'hr', 'ordinances']);
});

it('says when a branch is empty or could not be read', () => {
  const empty = {
    ...source([{ catalog: 'prod' }]),
    schemasOf: () => ({ state: 'failed' as const, names: [] }),
  };
  expect(flatten(empty)[1]).toMatchObject({ label: 'Could not be read', note: true });
});

it('a place survives as an id, whatever its names hold', () => {
  const place = { catalog: 'a/b', schema: 'c.d', table: 'e f/ü', kind: 'volume' };
  expect(placeOf(keyOf(place))).toEqual(place);
  expect(placeOf(keyOf({ catalog: 'x' }))).toEqual({ catalog: 'x' });
});
