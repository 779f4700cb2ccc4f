import { describe, expect, it } from 'vitest';
import { ago, bytes, counted, duration, toDate } from './format';
import { toCsv } from './export';

describe('numbers and times', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [123456789, '118 MiB'],
    [5 * 1024 ** 4, '5.00 TiB'],
  ])('writes %d bytes as %s', (n, text) => expect(bytes(n)).toBe(text));

  it.each([
    [3, '3 ms'],
    [4200, '4.2 s'],
    [65_000, '1 min 05 s'],
    [7_800_000, '2 h 10 min'],
  ])('writes %d ms as %s', (ms, text) => expect(duration(ms)).toBe(text));

  it('counts with the right plural', () => {
    expect(counted(1, 'table')).toBe('1 table');
    expect(counted(1200, 'query')).toBe('1,200 queries');
  });

  it('says how long ago', () => {
    const now = new Date('2026-05-01T12:00:00Z');
    expect(ago(new Date('2026-05-01T11:57:00Z'), now)).toBe('3 minutes ago');
    expect(ago(new Date('2026-05-01T11:59:55Z'), now)).toBe('just now');
    expect(ago(new Date('2026-04-30T12:00:00Z'), now)).toBe('yesterday');
  });

  it('takes a time without a zone as UTC', () => {
    expect(toDate('2026-05-01 12:00:00.5')?.toISOString()).toBe('2026-05-01T12:00:00.500Z');
    expect(toDate(1_777_636_800_000)?.getTime()).toBe(1_777_636_800_000);
    expect(toDate('soon')).toBeNull();
    expect(toDate(null)).toBeNull();
  });
});

describe('CSV', () => {
  it('quotes what needs quoting and disarms formulas', () => {
    const csv = toCsv([{ a: 'x,y', b: '=1+1', c: -5, d: 'say "hi"', e: null }]);
    expect(csv).toBe('a,b,c,d,e\r\n"x,y",\'=1+1,-5,"say ""hi""",');
  });
});
