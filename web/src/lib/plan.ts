/** Arithmetic over the steps of a plan. */

export interface StepLike {
  action?: string;
  /** the statement that takes it back; a clone over something that exists has none */
  inverse?: string | null;
  /** why it cannot be done */
  problem?: string | null;
  kind?: string;
  schema?: string | null;
  object?: string;
  object_type?: string;
  bytes?: number | null;
  files?: number | null;
}

export const kinds = ['add', 'change', 'remove', 'keep'] as const;
export type Kind = (typeof kinds)[number];

const words: Record<string, Kind> = {
  add: 'add',
  replace: 'change',
  update: 'change',
  alter: 'change',
  change: 'change',
  drop: 'remove',
  remove: 'remove',
  delete: 'remove',
  keep: 'keep',
  skip: 'keep',
  none: 'keep',
};

const makes = new Set(['create', 'clone', 'refer']);

/** A step that makes an object, over one of that name. */
export const replaces = (step: StepLike) => makes.has((step.action ?? '').toLowerCase());

export function kindOf(step: StepLike): Kind {
  const action = (step.action ?? '').toLowerCase();
  if (step.problem) return 'keep';
  if (makes.has(action) && 'inverse' in step) return step.inverse ? 'add' : 'change';
  if (makes.has(action))
    return step.kind && step.kind !== 'CATALOG' && step.kind !== 'SCHEMA' ? 'change' : 'add';
  return words[action] ?? 'change';
}

export function totals(steps: readonly StepLike[]) {
  const byKind: Record<Kind, number> = { add: 0, change: 0, remove: 0, keep: 0 };
  let bytes = 0;
  let files = 0;
  for (const step of steps) {
    byKind[kindOf(step)]++;
    bytes += step.bytes ?? 0;
    files += step.files ?? 0;
  }
  return { byKind, bytes, files };
}

/** By schema, in the order of the plan; what belongs to no schema comes first, under the catalog. */
export function groupSteps<T extends StepLike>(steps: readonly T[]) {
  const groups = new Map<string, T[]>();
  for (const step of steps) {
    const name = step.schema || 'Catalog';
    const group = groups.get(name);
    if (group) group.push(step);
    else groups.set(name, [step]);
  }
  return [...groups].map(([schema, list]) => ({ schema, steps: list }));
}
