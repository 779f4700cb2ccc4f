import { type ReactNode, useId } from 'react';
import { InfoTip } from './info-tip';

export interface ControlIds {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  'aria-required'?: boolean;
}

interface Props {
  label: string;
  help?: string | null | undefined;
  error?: string | undefined;
  required?: boolean;
  unit?: string | null | undefined;
  children: (ids: ControlIds) => ReactNode;
}

/** Label above, help behind the info icon and as a description for screen readers, error below. */
export function Field({ label, help, error, required, unit, children }: Props) {
  const id = useId();
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex h-5 items-center gap-1">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
          {required && <span className="text-danger"> *</span>}
        </label>
        {help && <InfoTip label={label} text={help} />}
      </div>
      <div className="relative flex items-center">
        {children({
          id,
          ...(described && { 'aria-describedby': described }),
          ...(error && { 'aria-invalid': true }),
          ...(required && { 'aria-required': true }),
        })}
        {unit && <span className="pointer-events-none absolute right-8 text-xs text-muted">{unit}</span>}
      </div>
      {help && (
        <span id={`${id}-help`} className="sr-only">
          {help}
        </span>
      )}
      {error && (
        <span id={`${id}-error`} className="text-xs text-danger">
          {error}
        </span>
      )}
    </div>
  );
}
