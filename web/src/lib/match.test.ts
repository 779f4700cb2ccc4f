import { expect, it } from 'vitest';
import { match } from './match';

it('a name counts more than a keyword, a keyword more than scattered letters', () => {
  const scores = [
    match('Ocean theme', ['theme'], 'ocean'),
    match('Clone', ['oceans'], 'ocean'),
    match('Copy a link to the catalog now', [], 'ocean'),
  ];
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(match('Clone', ['explore', 'a plan'], 'ocean')).toBe(0);
});

it('every typed word must be found', () => {
  expect(match('demo_retail', ['catalog'], 'retail cat')).toBeGreaterThan(0);
  expect(match('demo_retail', ['catalog'], 'retail xyz')).toBe(0);
});
