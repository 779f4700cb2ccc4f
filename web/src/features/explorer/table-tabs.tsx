/** The tabs of a table: columns, properties, history, sample. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { History as HistoryIcon, Rows3 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { type TableRef, tableHistoryQuery, tableSampleQuery } from '@/api/query';
import type { Column, HistoryEntry, Rows, TableInfo } from '@/api/types';
import { bytes, cell } from '@/lib/format';
import { Problem } from '@/parts/problem';
import { Badge } from '@/ui/badge';
import { Name } from '@/ui/copy';
import { Empty } from '@/ui/empty';
import { Input } from '@/ui/input';
import { SkeletonRows } from '@/ui/skeleton';
import { Time } from '@/ui/time';
import { Facts } from './facts';

const typeOf = (column: Column) =>
  (column.type_text ?? column.data_type ?? column.type ?? column.type_name ?? '').toLowerCase();

export function Columns({ info }: { info: TableInfo }) {
  const [filter, setFilter] = useState('');
  const all = info.columns ?? [];
  const shown = all.filter((column) => column.name.toLowerCase().includes(filter.toLowerCase()));
  return (
    <div className="flex flex-col">
      {all.length > 12 && (
        <div className="p-2">
          <Input
            type="search"
            aria-label="Filter the columns"
            placeholder={`Filter ${all.length} columns`}
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
        </div>
      )}
      <table className="w-full text-sm" aria-label="Columns">
        <thead className="text-left text-xs text-muted">
          <tr className="border-b">
            <th scope="col" className="h-8 pl-4 font-medium">
              Column
            </th>
            <th scope="col" className="pr-4 font-medium">
              Type
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((column) => (
            <tr key={column.name} className="border-b align-top last:border-0">
              <th scope="row" className="max-w-56 pl-4 text-left font-normal">
                <Name name={column.name} className="max-w-full" />
                {column.comment && <p className="pb-2 text-xs text-muted">{column.comment}</p>}
              </th>
              <td className="py-1.5 pr-4">
                <span className="font-mono text-xs break-all text-muted">{typeOf(column)}</span>
                <span className="float-right flex gap-1">
                  {typeof column.partition_index === 'number' && <Badge>partition</Badge>}
                  {column.nullable === false && <Badge>not null</Badge>}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p className="p-4 text-muted">No column is called that.</p>}
    </div>
  );
}

/** What is worth reading first, in this order; the rest is folded. */
const first = [
  'owner',
  'size',
  'num_files',
  'partition_columns',
  'clustering_columns',
  'storage_location',
  'view_definition',
  'created_at',
  'created_by',
  'updated_at',
  'updated_by',
  'table_id',
];
/* shown elsewhere, or said twice */
const apart = new Set([
  ...first,
  'columns',
  'properties',
  'comment',
  'name',
  'table_type',
  'data_source_format',
  'location',
  'format',
  'detail_error',
]);

export function Properties({ info }: { info: TableInfo }) {
  const shown = first
    .filter((name) => !isEmpty(info[name]))
    .map((name) => [name, readable(name, info[name])]);
  const rest = Object.entries(info).filter(([name, value]) => !apart.has(name) && !isEmpty(value));
  const properties = info.properties ?? {};
  return (
    <div className="flex flex-col gap-4 p-4">
      {info.detail_error ? (
        <Problem error={info.detail_error} title="Size and files of this table cannot be read" />
      ) : null}
      <Facts of={Object.fromEntries(shown)} />
      <section aria-label="Table properties">
        <h3 className="pb-1 text-sm font-semibold">Table properties</h3>
        {Object.keys(properties).length === 0 ? (
          <p className="text-muted">No properties are set on this table.</p>
        ) : (
          <Facts of={properties} />
        )}
      </section>
      <details>
        <summary className="h-8 cursor-pointer leading-8 text-muted">Everything the catalog says</summary>
        <Facts of={Object.fromEntries(rest)} />
      </details>
    </div>
  );
}

function readable(name: string, value: unknown): unknown {
  if (name === 'size' && typeof value === 'number') return bytes(value);
  return Array.isArray(value) ? value.join(', ') : value;
}

const isEmpty = (value: unknown) =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value as object).length === 0);

/** A list of the server in its four states. */
function Loaded<T>({
  query,
  what,
  children,
}: {
  query: UseQueryResult<T>;
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (query.isPending) return <SkeletonRows label={`Loading the ${what}`} />;
  if (query.error)
    return (
      <div className="p-4">
        <Problem
          error={query.error}
          title={`The ${what} cannot be read`}
          onRetry={() => void query.refetch()}
        />
      </div>
    );
  return children(query.data as T);
}

export function History({ at }: { at: TableRef }) {
  const query = useQuery(tableHistoryQuery(at));
  return (
    <Loaded query={query} what="history">
      {(entries) =>
        entries.length === 0 ? (
          <Empty icon={<HistoryIcon aria-hidden />} title="No history" command={describe(at)}>
            Only Delta tables keep one.
          </Empty>
        ) : (
          <ol aria-label="Versions" className="flex flex-col">
            {entries.map((entry) => (
              <Version key={entry.version} entry={entry} />
            ))}
          </ol>
        )
      }
    </Loaded>
  );
}

const describe = ({ catalog, schema, table }: TableRef) =>
  `clxs run-sql --sql "DESCRIBE HISTORY ${catalog}.${schema}.${table}"`;

const Version = ({ entry }: { entry: HistoryEntry }) => (
  <li className="border-b px-4 py-2 last:border-0">
    <div className="flex items-center gap-3">
      <span className="nums w-10 font-mono font-semibold">{`v${entry.version}`}</span>
      <span className="font-medium">{entry.operation ?? '—'}</span>
      <span className="ml-auto flex gap-3 text-xs text-muted">
        {entry.userName && <span>{entry.userName}</span>}
        <Time value={entry.timestamp} />
      </span>
    </div>
    <Metrics of={entry.operationMetrics} />
  </li>
);

function Metrics({ of }: { of: unknown }) {
  const metrics = typeof of === 'string' ? parse(of) : of;
  if (!metrics || typeof metrics !== 'object' || Object.keys(metrics).length === 0) return null;
  return (
    <p className="nums pl-13 font-mono text-xs break-all text-muted">
      {Object.entries(metrics)
        .map(([name, value]) => `${name} ${cell(value)}`)
        .join(', ')}
    </p>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export function Sample({ at }: { at: TableRef }) {
  const query = useQuery(tableSampleQuery(at));
  return (
    <Loaded query={query} what="sample">
      {(sample) =>
        sample.rows.length === 0 ? (
          <Empty icon={<Rows3 aria-hidden />} title="No rows" command={select(at)}>
            The table has columns, but nothing in them yet.
          </Empty>
        ) : (
          <Grid sample={sample} />
        )
      }
    </Loaded>
  );
}

const select = ({ catalog, schema, table }: TableRef) =>
  `clxs run-sql --sql "SELECT * FROM ${catalog}.${schema}.${table} LIMIT 50"`;

const isNumber = (type: string) => /int|long|short|byte|double|float|decimal|numeric/i.test(type);

const Grid = ({ sample }: { sample: Rows }) => (
  <table className="text-xs" aria-label="Sample rows">
    <thead className="sticky top-0 bg-surface-1 text-left">
      <tr>
        {sample.columns.map((column) => (
          <th
            key={column.name}
            scope="col"
            className={`border-b px-3 py-1.5 font-medium whitespace-nowrap ${isNumber(column.type) ? 'text-right' : ''}`}
          >
            <span className="block font-mono">{column.name}</span>
            <span className="block font-mono text-2xs font-normal text-muted">
              {column.type.toLowerCase()}
            </span>
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {sample.rows.map((row, i) => (
        <tr key={i} className="border-b last:border-0 hover:bg-surface-2">
          {row.map((value, j) => (
            <td
              key={j}
              className={`max-w-80 truncate px-3 py-1 font-mono ${isNumber(sample.columns[j]?.type ?? '') ? 'nums text-right' : ''}`}
              title={cell(value)}
            >
              {value === null ? <span className="text-muted italic">null</span> : cell(value)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);
