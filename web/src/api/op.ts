/** The operation table as data: what forms, tooltips and "copy as" are made of. */
import { type OpArgs, type OpName, ops } from './ops.gen';

export type { OpArgs, OpName };

export interface OpArg {
  readonly name: string;
  readonly kind: string;
  readonly flag: string;
  readonly help: string;
  readonly label: string | null;
  readonly unit: string | null;
  readonly of: readonly string[] | null;
  readonly def: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly need: boolean;
  readonly advanced: boolean;
}

export interface Op {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly cli: string;
  readonly group: string;
  readonly help: string;
  readonly why: string;
  readonly example: string;
  readonly effect: string;
  readonly job: boolean;
  readonly args: readonly OpArg[];
}

type Table = typeof ops;
/** Operations that change nothing: only these can be queries. */
export type ReadOp = { [K in OpName]: Table[K]['effect'] extends 'read' ? K : never }[OpName];

export const opOf = (name: OpName): Op => ops[name];

/** What the user has filled in: by argument name, only what was touched. */
export type Draft = Readonly<Record<string, unknown>>;

export const argOf = (name: OpName, arg: string) => opOf(name).args.find((a) => a.name === arg);

/** The default of an argument in its own type; undefined when it has none. */
export function defaultOf(arg: OpArg): unknown {
  if (arg.kind === 'bool') return arg.def === 'true';
  if (arg.def === null) return undefined;
  if (arg.kind === 'int' || arg.kind === 'real') return Number(arg.def);
  if (arg.kind === 'strs') return arg.def === '' ? [] : arg.def.split(',');
  return arg.def;
}

export const valueOf = (arg: OpArg, draft: Draft) => draft[arg.name] ?? defaultOf(arg);

const empty = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && Object.keys(value as object).length === 0);

export const isChanged = (arg: OpArg, draft: Draft) => {
  const value = draft[arg.name];
  if (empty(value)) return false;
  return JSON.stringify(value) !== JSON.stringify(defaultOf(arg));
};

/** The request body: what differs from the defaults. */
export function bodyOf(name: OpName, draft: Draft): Record<string, unknown> {
  const changed = opOf(name).args.filter((arg) => isChanged(arg, draft));
  return Object.fromEntries(changed.map((arg) => [arg.name, draft[arg.name]]));
}

/** What is wrong with the draft, by argument; the server checks the same table again. */
export function problemsOf(args: readonly OpArg[], draft: Draft): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const arg of args) {
    const value = valueOf(arg, draft);
    const problem = problemOf(arg, value);
    if (problem) problems[arg.name] = problem;
  }
  return problems;
}

function problemOf(arg: OpArg, value: unknown): string | null {
  if (empty(value)) return arg.need ? 'This field is required.' : null;
  if (arg.kind !== 'int' && arg.kind !== 'real') return null;
  const number = Number(value);
  if (Number.isNaN(number)) return 'This must be a number.';
  if (arg.kind === 'int' && !Number.isInteger(number)) return 'This must be a whole number.';
  if (arg.min !== null && number < arg.min) return `This must be at least ${arg.min}.`;
  if (arg.max !== null && number > arg.max) return `This must be at most ${arg.max}.`;
  return null;
}

/** URL parameters → draft; unknown names and values that do not fit are left out. */
export function draftFromSearch(name: OpName, search: Record<string, unknown>): Draft {
  const draft: Record<string, unknown> = {};
  for (const arg of opOf(name).args) {
    const value = fit(arg, search[arg.name]);
    if (value !== undefined && arg.kind !== 'secret') draft[arg.name] = value;
  }
  return draft;
}

function fit(arg: OpArg, raw: unknown): unknown {
  if (raw === undefined || raw === null || raw === '') return undefined;
  switch (arg.kind) {
    case 'bool':
      return raw === true || raw === 'true' ? true : raw === false || raw === 'false' ? false : undefined;
    case 'int':
    case 'real':
      return Number.isFinite(Number(raw)) ? Number(raw) : undefined;
    case 'strs':
      return Array.isArray(raw) ? raw.map(String) : String(raw).split(',');
    case 'enum':
      return arg.of?.find((item) => item.toLowerCase() === String(raw).toLowerCase());
    case 'map':
    case 'json':
      return typeof raw === 'object' ? raw : undefined;
    default:
      return String(raw);
  }
}
