/** Answers of the endpoints that are not operations of the table. */

export interface Health {
  status: string;
  service: string;
  runtime?: string;
  version?: string;
}

export interface Auth {
  authenticated: boolean;
  user: string | null;
  host: string | null;
  auth_method: string | null;
  session_id?: string | null;
  csrf_token?: string | null;
  embedded?: boolean;
}

export interface Catalog {
  name: string;
  comment?: string | null;
  owner?: string | null;
}

export interface Schema {
  name: string;
  comment?: string | null;
  owner?: string | null;
}

export interface Table {
  name: string;
  table_type?: string | null;
  data_source_format?: string | null;
  comment?: string | null;
}

export interface Routine {
  name: string;
  comment?: string | null;
  data_type?: string | null;
  full_data_type?: string | null;
}

export interface Volume {
  name: string;
  volume_type?: string | null;
  storage_location?: string | null;
  comment?: string | null;
}

export interface Column {
  name: string;
  type_text?: string | null;
  type_name?: string | null;
  data_type?: string | null;
  type?: string | null;
  nullable?: boolean | null;
  comment?: string | null;
  position?: number | null;
  partition_index?: number | null;
}

export interface TableInfo {
  name?: string;
  full_name?: string;
  table_type?: string | null;
  data_source_format?: string | null;
  comment?: string | null;
  owner?: string | null;
  storage_location?: string | null;
  view_definition?: string | null;
  created_at?: unknown;
  updated_at?: unknown;
  columns?: Column[] | null;
  properties?: Record<string, string> | null;
  [other: string]: unknown;
}

export interface HistoryEntry {
  version: number;
  timestamp?: unknown;
  userName?: string | null;
  operation?: string | null;
  operationParameters?: unknown;
  operationMetrics?: unknown;
  [other: string]: unknown;
}

export interface Rows {
  columns: { name: string; type: string }[];
  rows: unknown[][];
}

export interface Stats {
  catalog: string;
  num_schemas?: number;
  num_tables?: number;
  total_size_bytes?: number;
  total_rows?: number;
  tables?: TableStats[];
}

export interface TableStats {
  schema: string;
  table: string;
  table_type?: string | null;
  format?: string | null;
  size_bytes?: number | null;
  row_count?: number | null;
  num_files?: number | null;
  [other: string]: unknown;
}

export type JobStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'interrupted';

export interface Progress {
  total?: number | null;
  completed?: number | null;
  current_table?: string | null;
  phase?: string | null;
}

export interface Job {
  job_id: string;
  status: JobStatus;
  job_type?: string | null;
  source_catalog?: string | null;
  destination_catalog?: string | null;
  clone_type?: string | null;
  progress?: Progress | null;
  result?: Record<string, unknown> | null;
  error?: string | null;
  hint?: string | null;
  logs?: unknown[];
  args?: Record<string, unknown> | null;
  created_at?: string | null;
  started_at?: string | null;
  completed_at?: string | null;
}

export interface JobTicket {
  job_id: string;
  status: JobStatus;
  message: string;
}

export interface PlanStep {
  id: number | string;
  kind?: string;
  action?: string;
  object?: string;
  schema?: string | null;
  source?: string | null;
  format?: string | null;
  sql?: string | null;
  inverse?: string | null;
  problem?: string | null;
  skip?: boolean;
  version?: number;
  depends_on?: (number | string)[];
  bytes?: number | null;
  files?: number | null;
}

export interface Plan {
  hash?: string;
  cut?: string | null;
  steps?: PlanStep[];
  versions?: Record<string, number>;
  t0?: unknown;
  warnings?: unknown[];
}

/** A dry run's result is the plan itself. */
export const isPlan = (value: unknown): value is Plan =>
  Boolean(value) && Array.isArray((value as Plan).steps) && 'hash' in (value as object);
