/** How numbers, sizes and times are written everywhere. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const plurals = new Intl.PluralRules('en');

export const count = (n: number) => whole.format(n);

/** "3 tables", "1 table". */
export const counted = (n: number, noun: string) =>
  `${count(n)} ${plurals.select(n) === 'one' ? noun : plural(noun)}`;

function plural(noun: string) {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Binary units, three significant digits: "1.46 GiB". */
export function bytes(n: number) {
  let value = n;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** "850 ms", "4.2 s", "3 min 05 s", "2 h 10 min". */
export function duration(ms: number) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(s % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "3 minutes ago"; "just now" within ten seconds. */
export function ago(when: Date, now = new Date()) {
  const seconds = (when.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 10) return 'just now';
  for (const [unit, size] of steps)
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  return relative.format(Math.round(seconds), 'second');
}

export const absolute = (when: Date) =>
  when.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

/** An ISO text, epoch milliseconds or a Date; null for what is no time. A text without a zone is UTC. */
export function toDate(value: unknown): Date | null {
  if (value === null || value === undefined || value === '') return null;
  const zoneless = typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(value);
  const date = new Date(zoneless ? `${String(value).replace(' ', 'T')}Z` : (value as string | number));
  return Number.isNaN(date.getTime()) ? null : date;
}

/** "max_workers" → "Max workers". */
export const humanise = (name: string) => {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** Anything that an API answers, as one cell of text. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
