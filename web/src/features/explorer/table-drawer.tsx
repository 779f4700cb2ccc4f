/** The details of one object, beside the list it was chosen from. Every tab is in the URL. */
import { useQuery } from '@tanstack/react-query';
import { CopyPlus, X } from 'lucide-react';
import { type TableRef, functionsQuery, tableInfoQuery, volumesQuery } from '@/api/query';
import { useStoredNumber } from '@/lib/use-stored';
import { humanise } from '@/lib/format';
import { ObjectIcon } from '@/parts/object-icon';
import { Problem } from '@/parts/problem';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Name } from '@/ui/copy';
import { ResizeHandle } from '@/ui/resize-handle';
import { SkeletonRows } from '@/ui/skeleton';
import { Tabs } from '@/ui/tabs';
import { Columns, History, Properties, Sample } from './table-tabs';
import { Facts } from './facts';

interface Props {
  at: TableRef;
  kind: string;
  tab: string;
  onTab: (tab: string) => void;
  onClose: () => void;
  onClone: () => void;
}

export function TableDrawer(props: Props) {
  const { at, kind, onClose, onClone } = props;
  const [width, setWidth] = useStoredNumber('clxs-drawer-width', 520);
  return (
    <aside
      aria-label={`Details of ${at.table}`}
      className="relative flex max-w-[60vw] shrink-0 animate-drawer flex-col border-l bg-surface-1 max-xl:absolute max-xl:inset-y-0 max-xl:right-0 max-xl:z-20 max-xl:shadow-float"
      style={{ width }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <ResizeHandle
        label="Width of the details"
        side="left"
        width={width}
        min={360}
        max={960}
        onResize={setWidth}
      />
      <header className="flex items-center gap-2 py-2 pr-2 pl-4">
        <ObjectIcon type={kind} />
        <h2 className="min-w-0 flex-1">
          <Name name={at.table} className="max-w-full" />
        </h2>
        <Button look="ghost" icon aria-label={`Clone ${at.catalog}`} onClick={onClone}>
          <CopyPlus aria-hidden />
        </Button>
        <Button look="ghost" icon aria-label="Close the details" onClick={onClose}>
          <X aria-hidden />
        </Button>
      </header>
      {kind === 'table' ? <TableDetails {...props} /> : <OtherDetails at={at} kind={kind} />}
    </aside>
  );
}

function TableDetails({ at, tab, onTab }: Props) {
  const info = useQuery(tableInfoQuery(at));
  if (info.isPending) return <SkeletonRows label="Loading the table" />;
  if (info.error)
    return (
      <div className="p-4">
        <Problem error={info.error} title="The table cannot be read" onRetry={() => void info.refetch()} />
      </div>
    );
  const view = /view/i.test(info.data.table_type ?? '');
  const tabs = [
    { value: 'columns', label: 'Columns', content: <Columns info={info.data} /> },
    { value: 'properties', label: 'Properties', content: <Properties info={info.data} /> },
    ...(view ? [] : [{ value: 'history', label: 'History', content: <History at={at} /> }]),
    { value: 'sample', label: 'Sample', content: <Sample at={at} /> },
  ];
  return (
    <>
      <div className="flex flex-wrap items-center gap-1.5 px-4 pb-2">
        {[info.data.table_type, info.data.data_source_format].filter(Boolean).map((word) => (
          <Badge key={word}>{humanise(String(word).toLowerCase())}</Badge>
        ))}
        {info.data.comment && <p className="w-full text-muted">{info.data.comment}</p>}
      </div>
      <Tabs
        className="flex min-h-0 flex-1 flex-col"
        label="Details"
        value={tabs.some((t) => t.value === tab) ? tab : 'columns'}
        onChange={onTab}
        tabs={tabs}
      />
    </>
  );
}

/** A function or a volume: what the list of its schema says about it. */
function OtherDetails({ at, kind }: { at: TableRef; kind: string }) {
  const functions = useQuery({ ...functionsQuery(at.catalog, at.schema), enabled: kind === 'function' });
  const volumes = useQuery({ ...volumesQuery(at.catalog, at.schema), enabled: kind === 'volume' });
  const query = kind === 'function' ? functions : volumes;
  const found = (query.data as { name: string }[] | undefined)?.find((item) => item.name === at.table);
  if (query.isPending) return <SkeletonRows label={`Loading the ${kind}`} />;
  if (query.error || !found)
    return (
      <div className="p-4">
        <Problem
          error={query.error ?? new Error(`There is no ${kind} ${at.table} in ${at.schema}.`)}
          title={`The ${kind} cannot be read`}
          onRetry={() => void query.refetch()}
        />
      </div>
    );
  return (
    <div className="overflow-auto p-4">
      <Facts of={found} />
    </div>
  );
}
