import { useQuery } from '@tanstack/react-query';
import { Info } from 'lucide-react';
import { useState } from 'react';
import { type Draft, argOf, opOf, problemsOf, valueOf } from '@/api/op';
import { catalogsQuery } from '@/api/query';
import { cn } from '@/lib/cn';
import { OpField, labelOf } from '@/parts/op-field';
import { InfoTip } from '@/ui/info-tip';
import { StepForm } from './step-form';

export const sourceArgs = opOf('clone').args.filter((arg) =>
  ['source_catalog', 'destination_catalog', 'clone_type'].includes(arg.name),
);

const about: Record<string, string> = {
  DEEP: 'Copies the data files. The clone stands on its own.',
  SHALLOW: 'Refers to the files of the source. Instant, and takes no room.',
};

export function SourceStep({ draft: initial, onNext }: { draft: Draft; onNext: (draft: Draft) => void }) {
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const { data: catalogs } = useQuery(catalogsQuery());
  const put = (name: string, value: unknown) => setDraft((all) => ({ ...all, [name]: value || undefined }));

  const source = String(draft.source_catalog ?? '');
  const destination = String(draft.destination_catalog ?? '');
  const errors = { ...problemsOf(sourceArgs, draft) };
  if (source !== '' && source === destination)
    errors.destination_catalog = 'The destination must be another catalog than the source.';
  const names = catalogs?.map((catalog) => catalog.name);
  if (names && source !== '' && !names.includes(source))
    errors.source_catalog = `There is no catalog called ${source}.`;
  const shown = tried ? errors : {};
  const labelled = Object.entries(shown).map(([name, text]) => `${labelOf(argOf('clone', name)!)}: ${text}`);

  return (
    <StepForm
      title="Source and destination"
      next="Continue to options"
      problems={labelled}
      onNext={() => (Object.keys(errors).length > 0 ? setTried(true) : onNext(draft))}
    >
      <div className="grid grid-cols-1 gap-x-6 gap-y-4 sm:grid-cols-2">
        {sourceArgs
          .filter((arg) => arg.kind !== 'enum')
          .map((arg) => (
            <OpField
              key={arg.name}
              arg={arg}
              value={draft[arg.name]}
              error={shown[arg.name]}
              onChange={(value) => put(arg.name, value)}
            />
          ))}
      </div>
      {names?.includes(destination) && destination !== source && (
        <p role="status" className="flex items-center gap-2 text-muted">
          <Info aria-hidden className="size-4 text-info" />
          <span>
            <span className="font-mono text-text">{destination}</span> exists: its objects of the same name
            are replaced, others stay.
          </span>
        </p>
      )}
      <TypeChoice draft={draft} onChange={(value) => put('clone_type', value)} />
    </StepForm>
  );
}

function TypeChoice({ draft, onChange }: { draft: Draft; onChange: (value: string) => void }) {
  const arg = argOf('clone', 'clone_type');
  if (!arg?.of) return null;
  const chosen = valueOf(arg, draft);
  return (
    <fieldset>
      <legend className="mb-1 flex h-5 items-center gap-1 text-sm font-medium">
        {labelOf(arg)}
        <InfoTip label={labelOf(arg)} text={arg.help} />
      </legend>
      <div className="grid grid-cols-1 gap-2 sm:grid-cols-2">
        {arg.of.map((item) => (
          <label
            key={item}
            className={cn(
              'flex cursor-pointer items-start gap-2.5 rounded-md border p-3 hover:bg-surface-2',
              chosen === item ? 'border-accent' : 'border-border-strong',
            )}
          >
            <input
              type="radio"
              name="clone_type"
              className="mt-0.5 size-4 accent-(--accent)"
              checked={chosen === item}
              onChange={() => onChange(item)}
            />
            <span>
              <span className="block font-medium capitalize">{item.toLowerCase()}</span>
              <span className="text-muted">{about[item] ?? ''}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
