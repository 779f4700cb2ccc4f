/** What a run summary says, whichever operation wrote it; what is missing stays null. */

export interface Tally {
  kind: string;
  success: number;
  failed: number;
  skipped: number;
}

export interface Outcome {
  bytes: number | null;
  files: number | null;
  schemas: number | null;
  seconds: number | null;
  tallies: Tally[];
  errors: unknown[];
  validation: { total: number; matched: number; mismatched: number } | null;
}

const number = (value: unknown) => (typeof value === 'number' ? value : null);
const record = (value: unknown) =>
  value && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

export function readOutcome(result: Record<string, unknown>): Outcome {
  const tallies: Tally[] = [];
  for (const kind of ['tables', 'views', 'functions', 'volumes', 'grants']) {
    const tally = record(result[kind]);
    if (!tally) continue;
    const read = (name: string) => number(tally[name]) ?? 0;
    const row = { kind, success: read('success'), failed: read('failed'), skipped: read('skipped') };
    if (row.success + row.failed + row.skipped > 0) tallies.push(row);
  }
  const validation = record(result.validation);
  return {
    bytes: number(result.bytes_copied),
    files: number(result.files_copied),
    schemas: number(result.schemas_processed),
    seconds: number(result.duration_seconds),
    tallies,
    errors: Array.isArray(result.errors) ? result.errors : [],
    validation: validation && {
      total: number(validation.total_tables) ?? 0,
      matched: number(validation.matched) ?? 0,
      mismatched: number(validation.mismatched) ?? 0,
    },
  };
}
