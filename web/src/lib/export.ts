import { cell } from './format';

/** RFC 4180. A leading = + - @ is disarmed, so that no spreadsheet runs a value as a formula. */
export function toCsv(records: Record<string, unknown>[]): string {
  const names = Object.keys(records[0] ?? {});
  const quote = (value: unknown) => {
    const raw = cell(value);
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [names, ...records.map((record) => names.map((name) => record[name]))];
  return lines.map((line) => line.map(quote).join(',')).join('\r\n');
}

export function download(name: string, text: string, type: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
