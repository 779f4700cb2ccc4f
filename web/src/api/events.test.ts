import { expect, it } from 'vitest';
import { nothing, reduceJob, toLine } from './events';

const progress = (seq: number, completed: number, current_table: string) => ({
  seq,
  kind: 'progress',
  data: { total: 3, completed, current_table },
});

it('an event that comes twice counts once', () => {
  const log = { seq: 1, kind: 'log', data: { level: 'info', text: 'began' } };
  const once = reduceJob(nothing, [log]);
  expect(reduceJob(once, [log])).toBe(once);
  expect(once.logs).toHaveLength(1);
});

it('keeps the newest progress and each object once', () => {
  const events = [progress(1, 0, 'a.x'), progress(2, 1, 'a.y'), progress(3, 2, 'a.y')];
  const live = reduceJob(nothing, events);
  expect(live.progress?.completed).toBe(2);
  expect(live.objects).toEqual(['a.x', 'a.y']);
});

it('forgets all when another job is watched', () => {
  expect(reduceJob(reduceJob(nothing, [progress(1, 1, 'a.b')]), 'reset')).toBe(nothing);
});

it('reads a log line from the stream and from the list alike', () => {
  const time_ms = Date.parse('2026-05-01T12:00:00Z');
  const fromStream = toLine(1, { level: 'warning', text: 'slow', time_ms });
  expect(toLine(1, '2026-05-01T12:00:00Z WARNING slow')).toEqual(fromStream);
  expect(toLine(2, 'anything else')).toMatchObject({ level: 'info', text: 'anything else' });
});
