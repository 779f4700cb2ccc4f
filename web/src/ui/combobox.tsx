/** A text field that offers what it knows. Free text is allowed: a destination may not exist yet. */
import { type KeyboardEvent, useId, useState } from 'react';
import { cn } from '@/lib/cn';
import type { ControlIds } from './field';
import { Input } from './input';

interface Props extends ControlIds {
  value: string;
  onChange: (value: string) => void;
  options: readonly string[];
  placeholder?: string;
  autoFocus?: boolean;
}

export function Combobox({ value, onChange, options, ...props }: Props) {
  const list = useId();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState(false);
  const [active, setActive] = useState(-1);
  const wanted = typed ? value.toLowerCase() : '';
  const shown = options.filter((option) => option.toLowerCase().includes(wanted)).slice(0, 100);

  const show = (on: boolean) => {
    setOpen(on);
    setActive(-1);
    if (!on) setTyped(false);
  };
  const pick = (option: string) => {
    onChange(option);
    show(false);
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!open) show(true);
      setActive((at) => Math.min(shown.length - 1, Math.max(0, at + step)));
    } else if (event.key === 'Enter' && open && shown[active] !== undefined) {
      event.preventDefault();
      pick(shown[active]);
    } else if (event.key === 'Escape' && open) {
      event.stopPropagation();
      show(false);
    }
  };

  const visible = open && shown.length > 0;
  return (
    <div className="relative w-full">
      <Input
        {...props}
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={visible}
        aria-controls={visible ? list : undefined}
        aria-activedescendant={visible && active >= 0 ? `${list}-${active}` : undefined}
        className="font-mono"
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setTyped(true);
          setOpen(true);
          setActive(-1);
        }}
        onClick={() => show(true)}
        onBlur={() => show(false)}
        onKeyDown={keys}
      />
      {visible && (
        <ul
          id={list}
          role="listbox"
          aria-label="Suggestions"
          className="absolute top-9 z-30 max-h-64 w-full animate-in overflow-auto rounded-md border bg-surface-1 p-1 shadow-float"
        >
          {shown.map((option, i) => (
            <li
              key={option}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === active}
              className={cn(
                'flex min-h-8 items-center rounded-sm px-2 font-mono text-sm hover:bg-surface-2',
                i === active && 'bg-surface-3',
              )}
              onMouseDown={(event) => {
                event.preventDefault();
                pick(option);
              }}
            >
              {option}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
