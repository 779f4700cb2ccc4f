/** The only place where a read becomes a query, so that keys cannot disagree. */
import { queryOptions } from '@tanstack/react-query';
import { ApiError, call, pathOf, request } from './call';
import type { Draft, ReadOp } from './op';
import type {
  Catalog,
  Health,
  HistoryEntry,
  Job,
  Routine,
  Rows,
  Schema,
  Table,
  TableInfo,
  Volume,
} from './types';

const read = <T>(key: readonly unknown[], path: string) =>
  queryOptions({ queryKey: key, queryFn: ({ signal }) => request<T>(path, { signal }) });

export const opQuery = <T>(op: ReadOp, args: Draft) =>
  queryOptions({ queryKey: ['op', op, args], queryFn: ({ signal }) => call<T>(op, args, signal) });

export const healthQuery = () =>
  queryOptions({
    ...read<Health>(['health'], '/api/health'),
    refetchInterval: 15_000,
    refetchIntervalInBackground: true,
    retry: false,
    staleTime: 0,
  });

/** Lists are of names unless more is asked for. */
const DETAILS = '?details=true';

export const catalogsQuery = () => read<Catalog[]>(['catalogs'], '/api/catalogs' + DETAILS);

export const schemasQuery = (catalog: string) =>
  read<Schema[]>(['catalogs', catalog], pathOf('catalogs', catalog, 'schemas') + DETAILS);

const inSchema = <T>(catalog: string, schema: string, what: string) =>
  read<T>(['catalogs', catalog, schema, what], pathOf('catalogs', catalog, schema, what) + DETAILS);

export const tablesQuery = (catalog: string, schema: string) => inSchema<Table[]>(catalog, schema, 'tables');
export const functionsQuery = (catalog: string, schema: string) =>
  inSchema<Routine[]>(catalog, schema, 'functions');
export const volumesQuery = (catalog: string, schema: string) =>
  inSchema<Volume[]>(catalog, schema, 'volumes');

export interface TableRef {
  catalog: string;
  schema: string;
  table: string;
}

const ofTable = <T>({ catalog, schema, table }: TableRef, what: string, query = '') =>
  read<T>(
    ['catalogs', catalog, schema, table, what],
    pathOf('catalogs', catalog, schema, table, what) + query,
  );

export const tableInfoQuery = (ref: TableRef) => ofTable<TableInfo>(ref, 'info');
export const tableHistoryQuery = (ref: TableRef) => ofTable<HistoryEntry[]>(ref, 'history');
export const tableSampleQuery = (ref: TableRef) => ofTable<Rows>(ref, 'sample', '?limit=50');

export const jobsQuery = () =>
  queryOptions({
    ...read<Job[]>(['jobs'], '/api/clone/jobs'),
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.some(isLive) ? 2000 : 15_000),
  });

export const jobQuery = (id: string) => ({ ...read<Job>(['jobs', id], pathOf('clone', id)), staleTime: 0 });

export const isLive = (job: Job) => job.status === 'queued' || job.status === 'running';

/** Failures that another try may mend. */
export const mayRetry = (failures: number, error: unknown) =>
  failures < 2 && error instanceof ApiError && [0, 429, 502, 503].includes(error.status);
