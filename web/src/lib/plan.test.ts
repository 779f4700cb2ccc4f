import { expect, it } from 'vitest';
import { groupSteps, kindOf, totals } from './plan';

it('a clone that can be taken back adds, one over something that exists changes', () => {
  expect(kindOf({ action: 'clone', kind: 'TABLE', inverse: 'DROP TABLE x' })).toBe('add');
  expect(kindOf({ action: 'clone', kind: 'TABLE' })).toBe('change');
  expect(kindOf({ action: 'create', kind: 'SCHEMA' })).toBe('add');
});

it('a drop removes, a grant changes, a step that cannot be done keeps', () => {
  expect(kindOf({ action: 'drop', kind: 'TABLE' })).toBe('remove');
  expect(kindOf({ action: 'grant', kind: 'TABLE' })).toBe('change');
  expect(kindOf({ action: 'clone', kind: 'TABLE', problem: 'unsupported' })).toBe('keep');
});

it('groups by schema in the order of the plan and adds up', () => {
  const steps = [
    { action: 'create', kind: 'CATALOG', schema: '' },
    { action: 'clone', kind: 'TABLE', schema: 'b', inverse: 'x', bytes: 10, files: 1 },
    { action: 'clone', kind: 'TABLE', schema: 'a', inverse: 'x', bytes: 5, files: 2 },
    { action: 'drop', kind: 'TABLE', schema: 'b' },
  ];
  expect(groupSteps(steps).map((g) => [g.schema, g.steps.length])).toEqual([
    ['Catalog', 1],
    ['b', 2],
    ['a', 1],
  ]);
  expect(totals(steps)).toEqual({ byKind: { add: 3, change: 0, remove: 1, keep: 0 }, bytes: 15, files: 3 });
});
