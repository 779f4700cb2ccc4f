import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast, parseOklch } from '@/lib/oklch';
import { themes } from '@/lib/theme';

const surfaces = ['surface-0', 'surface-1', 'surface-2', 'surface-3'];
const texts = ['text', 'text-muted', 'accent', 'success', 'warning', 'danger', 'info'];
const diffs = ['diff-add', 'diff-del', 'diff-change'];

const values = (id: string) => {
  const css = readFileSync(`src/themes/${id}.css`, 'utf8');
  return Object.fromEntries([...css.matchAll(/--([\w-]+): ([^;]+);/g)].map((m) => [m[1]!, m[2]!]));
};

const pairs: [string, string][] = [
  ...texts.flatMap((text) => surfaces.map((surface): [string, string] => [text, surface])),
  ...diffs.map((surface): [string, string] => ['text', surface]),
  ['accent-text', 'accent'],
  ['danger-text', 'danger'],
];

it('there are exactly ten themes', () => {
  expect(themes).toHaveLength(10);
  expect(new Set(themes.map((t) => t.id)).size).toBe(10);
});

describe.each(themes.map((t) => t.id))('theme %s', (id) => {
  const v = values(id);
  const ratio = (a: string, b: string) => contrast(parseOklch(v[a]!), parseOklch(v[b]!));

  it('has the same roles as the light theme', () => {
    expect(Object.keys(v).sort()).toEqual(Object.keys(values('light')).sort());
  });

  it.each(pairs)('writes %s readably on %s', (text, surface) => {
    expect(ratio(text, surface)).toBeGreaterThanOrEqual(id === 'high-contrast' ? 7 : 4.5);
  });

  it.each(surfaces)('shows focus and control borders on %s', (surface) => {
    expect(ratio('focus', surface)).toBeGreaterThanOrEqual(3);
    expect(ratio('border-strong', surface)).toBeGreaterThanOrEqual(3);
  });
});
