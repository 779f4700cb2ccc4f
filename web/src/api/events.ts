/**
 * A job as it happens. Events come from the stream of the job; when the stream does not work, the job is
 * polled every two seconds. The stream resumes by itself (EventSource sends the id of the last event); an
 * event that comes twice is dropped by its id, so that nothing is shown double after a reconnect.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer } from 'react';
import { toDate } from '@/lib/format';
import { pathOf } from './call';
import { isLive, jobQuery } from './query';
import type { Job, JobStatus, Progress } from './types';

export type Level = 'debug' | 'info' | 'warning' | 'error';

export interface LogLine {
  seq: number;
  level: Level;
  text: string;
  time: Date | null;
}

interface Live {
  /** id of the newest event: they come in order, and again from there after a break */
  last: number;
  logs: LogLine[];
  status: JobStatus | null;
  progress: Progress | null;
  /** objects that the job was seen at; progress is a sample, so not all of them */
  objects: string[];
}

export type JobEvent = { seq: number; kind: string; data: unknown };

export const nothing: Live = { last: 0, logs: [], status: null, progress: null, objects: [] };

/** Events more, or another job. Pure, so that a test can replay a job. */
export const reduceJob = (live: Live, events: readonly JobEvent[] | 'reset'): Live =>
  events === 'reset' ? nothing : events.reduce(addEvent, live);

const linesKept = 5000;

function addEvent(live: Live, event: JobEvent): Live {
  if (event.seq <= live.last) return live;
  const next: Live = { ...live, last: event.seq };
  const data = (event.data ?? {}) as Record<string, unknown>;
  if (event.kind === 'log') next.logs = [...live.logs.slice(1 - linesKept), toLine(event.seq, event.data)];
  if (event.kind === 'status' && typeof data.status === 'string') next.status = data.status as JobStatus;
  if (event.kind === 'progress') {
    next.progress = data as Progress;
    const object = next.progress.current_table;
    if (object?.includes('.') && !live.objects.includes(object)) next.objects = [...live.objects, object];
  }
  return next;
}

const levels: Record<string, Level> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
};

/** A log line from the stream ({level, text}) or from the job's list ("<time> <LEVEL> <text>"). */
export function toLine(seq: number, raw: unknown): LogLine {
  if (raw && typeof raw === 'object') {
    const { level, text, message, line, time, time_ms } = raw as Record<string, unknown>;
    const when = time ?? time_ms;
    return {
      seq,
      level: levels[String(level ?? '').toLowerCase()] ?? 'info',
      text: String(text ?? message ?? line ?? ''),
      time: toDate(when),
    };
  }
  const line = String(raw ?? '');
  const [, time, level, text] = /^(\S+) (DEBUG|INFO|WARN|WARNING|ERROR) (.*)$/s.exec(line) ?? [];
  return {
    seq,
    level: levels[(level ?? '').toLowerCase()] ?? 'info',
    text: text ?? line,
    time: toDate(time),
  };
}

const kinds = ['status', 'progress', 'log', 'result'] as const;

const decode = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

export function useJob(id: string) {
  const client = useQueryClient();
  const [live, send] = useReducer(reduceJob, nothing);
  const query = useQuery({
    ...jobQuery(id),
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? 2000 : false),
    refetchOnWindowFocus: 'always',
  });

  useEffect(() => {
    send('reset');
    const source = new EventSource(pathOf('clone', id, 'events'));
    const refresh = () => {
      void client.invalidateQueries({ queryKey: ['jobs'] });
    };
    // a job that is replayed has thousands of events: they are shown in batches
    let batch: JobEvent[] = [];
    const flush = () => {
      if (batch.length > 0) send(batch);
      batch = [];
    };
    const timer = setInterval(flush, 100);
    for (const kind of kinds)
      source.addEventListener(kind, (event) => {
        batch.push({ seq: Number(event.lastEventId), kind, data: decode(String(event.data)) });
        if (kind === 'status') refresh();
        if (kind === 'result') {
          refresh();
          source.close();
        }
      });
    // The server ends the stream of a job that is over; without this the browser would ask again and again.
    source.addEventListener('error', () => {
      const job = client.getQueryData(jobQuery(id).queryKey);
      if (job && !isLive(job)) source.close();
    });
    return () => {
      clearInterval(timer);
      source.close();
    };
  }, [id, client]);

  const job = query.data ? merge(query.data, live) : undefined;
  useFreshLists(query.data);
  const logs =
    live.logs.length >= (query.data?.logs?.length ?? 0)
      ? live.logs
      : (query.data?.logs ?? []).map((line, i) => toLine(i, line));
  return { ...query, job, logs, objects: live.objects };
}

/** What was read about catalogs before a job ended may no longer be so. */
function useFreshLists(job: Job | undefined) {
  const client = useQueryClient();
  const ended = job && !isLive(job) ? toDate(job.completed_at)?.getTime() : undefined;
  useEffect(() => {
    if (ended === undefined) return;
    const skew = 60_000; // between the clocks of server and browser
    void client.invalidateQueries({
      predicate: ({ queryKey, state }) =>
        (queryKey[0] === 'catalogs' || queryKey[0] === 'op') && state.dataUpdatedAt < ended + skew,
    });
  }, [client, ended]);
}

/** The stream is newer than the last poll, unless the poll has seen the end. */
function merge(job: Job, live: Live): Job {
  if (!isLive(job)) return job;
  return { ...job, progress: live.progress ?? job.progress ?? null };
}
