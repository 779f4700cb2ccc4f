/** The only way to the server. */
import { type Draft, type OpName, bodyOf, opOf } from './op';

export interface FieldProblem {
  field: string;
  message: string;
}

/** A failure as the server tells it: what is wrong, what to try, and the id to find it by in its log. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly hint: string | null = null,
    readonly code: string | null = null,
    readonly requestId: string | null = null,
    readonly fields: readonly FieldProblem[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/* The session's token against forged requests; api/auth.ts keeps it up to date. */
let csrf: string | null = null;
export const setCsrf = (token: string | null) => {
  csrf = token;
};

interface Options {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

export async function request<T>(path: string, { method = 'GET', body, signal }: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  const init: RequestInit = { method, headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;

  const response = await fetch(path, init).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError('The server does not answer.', 0, 'Check that `clxs serve` is running, then retry.');
  });
  const text = await response.text();
  if (!response.ok) throw toError(response, text);
  return (text === '' ? null : JSON.parse(text)) as T;
}

function toError(response: Response, text: string): ApiError {
  const body = parse(text);
  const id = asText(body.request_id) ?? response.headers.get('x-request-id');
  const fields = Array.isArray(body.detail) ? body.detail.map(toField) : [];
  const message =
    asText(body.detail) ??
    fields.map((f) => (f.field ? `${f.field}: ${f.message}` : f.message)).join(' ') ??
    '';
  return new ApiError(
    message || `The server answered ${response.status}.`,
    response.status,
    asText(body.hint),
    asText(body.code),
    id,
    fields,
  );
}

function toField(item: unknown): FieldProblem {
  const { loc, msg } = (item ?? {}) as { loc?: unknown[]; msg?: unknown };
  return { field: String(loc?.at(-1) ?? ''), message: asText(msg) ?? 'This value is not valid.' };
}

const asText = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A path from parts, each part quoted: names may hold slashes, dots and spaces. */
export const pathOf = (...parts: string[]) => `/api/${parts.map(encodeURIComponent).join('/')}`;

/** Runs an operation of the table. */
export function call<T>(name: OpName, draft: Draft, signal?: AbortSignal): Promise<T> {
  const op = opOf(name);
  const body = bodyOf(name, draft);
  const options: Options = { method: op.method };
  if (signal) options.signal = signal;
  if (op.method === 'GET') {
    const query = new URLSearchParams(Object.entries(body).map(([k, v]) => [k, String(v)])).toString();
    return request<T>(query ? `${op.path}?${query}` : op.path, options);
  }
  return request<T>(op.path, { ...options, body });
}
