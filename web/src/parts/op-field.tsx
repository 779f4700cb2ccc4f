/** One argument of an operation as a form field: its kind decides the control. */
import { useQuery } from '@tanstack/react-query';
import { type OpArg, defaultOf } from '@/api/op';
import { catalogsQuery } from '@/api/query';
import { humanise } from '@/lib/format';
import { Checkbox } from '@/ui/checkbox';
import { Combobox } from '@/ui/combobox';
import { type ControlIds, Field } from '@/ui/field';
import { InfoTip } from '@/ui/info-tip';
import { Input, Select } from '@/ui/input';
import { JsonInput } from './json-input';

export interface ControlProps {
  arg: OpArg;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string | undefined;
}

export const labelOf = (arg: OpArg) => arg.label ?? humanise(arg.name);

export function OpField(props: ControlProps) {
  const { arg, error } = props;
  if (arg.kind === 'bool') return <Toggle {...props} />;
  return (
    <Field label={labelOf(arg)} help={arg.help} error={error} required={arg.need} unit={arg.unit}>
      {(ids) => <Control {...props} ids={ids} />}
    </Field>
  );
}

function Toggle({ arg, value, onChange }: ControlProps) {
  return (
    <div className="flex h-8 items-center gap-1 self-end">
      <label className="flex h-8 items-center gap-2">
        <Checkbox
          checked={Boolean(value ?? defaultOf(arg))}
          onChange={(event) => onChange(event.target.checked)}
        />
        {labelOf(arg)}
      </label>
      <InfoTip label={labelOf(arg)} text={arg.help} />
    </div>
  );
}

function Control({ arg, value, onChange, ids }: ControlProps & { ids: ControlIds }) {
  const text = value === undefined || value === null ? '' : String(value);
  switch (arg.kind) {
    case 'name':
      return <CatalogInput {...ids} value={text} onChange={onChange} />;
    case 'enum':
      return (
        <Select
          {...ids}
          value={text || (arg.def ?? '')}
          onChange={(e) => onChange(e.target.value || undefined)}
        >
          {!arg.def && <option value="">—</option>}
          {arg.of?.map((item) => (
            <option key={item}>{item}</option>
          ))}
        </Select>
      );
    case 'int':
    case 'real':
      return (
        <Input
          {...ids}
          type="number"
          className="nums"
          min={arg.min ?? undefined}
          max={arg.max ?? undefined}
          step={arg.kind === 'int' ? 1 : 'any'}
          placeholder={arg.def ?? undefined}
          value={text}
          onChange={(e) => onChange(e.target.value === '' ? undefined : Number(e.target.value))}
        />
      );
    case 'strs':
      return (
        <ListInput {...ids} def={arg.def} value={(value as string[] | undefined) ?? []} onChange={onChange} />
      );
    case 'map':
    case 'json':
      return <JsonInput {...ids} value={value} onChange={onChange} map={arg.kind === 'map'} />;
    case 'secret':
      return <Input {...ids} type="password" value={text} onChange={(e) => onChange(e.target.value)} />;
    case 'path':
    default:
      return (
        <Input
          {...ids}
          className={arg.kind === 'path' ? 'font-mono' : ''}
          placeholder={arg.def ?? undefined}
          value={text}
          onChange={(e) => onChange(e.target.value || undefined)}
        />
      );
  }
}

function CatalogInput(props: ControlIds & { value: string; onChange: (value: unknown) => void }) {
  const { data } = useQuery(catalogsQuery());
  return <Combobox {...props} options={(data ?? []).map((catalog) => catalog.name)} />;
}

interface ListProps extends ControlIds {
  def: string | null;
  value: string[];
  onChange: (value: unknown) => void;
}

function ListInput({ def, value, onChange, ...ids }: ListProps) {
  return (
    <Input
      {...ids}
      className="font-mono"
      placeholder={def ?? 'a, b, c'}
      defaultValue={value.join(', ')}
      onChange={(e) => {
        const items = e.target.value.split(',').map((item) => item.trim());
        onChange(items.filter((item) => item !== ''));
      }}
    />
  );
}
