import { useState } from 'react';
import type { ControlIds } from '@/ui/field';
import { TextArea } from '@/ui/input';

interface Props extends ControlIds {
  value: unknown;
  onChange: (value: unknown) => void;
  /** lines of key=value instead of JSON */
  map: boolean;
}

const toText = (value: unknown, map: boolean) => {
  if (value === undefined || value === null) return '';
  if (!map) return JSON.stringify(value, null, 2);
  return Object.entries(value as object)
    .map(([k, v]) => `${k}=${String(v)}`)
    .join('\n');
};

const fromMap = (text: string) => {
  const pairs = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    pairs.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1).trim()]),
  );
};

export function JsonInput({ value, onChange, map, ...ids }: Props) {
  const [text, setText] = useState(() => toText(value, map));
  const [bad, setBad] = useState(false);
  const change = (next: string) => {
    setText(next);
    try {
      const parsed: unknown = next.trim() === '' ? undefined : map ? fromMap(next) : JSON.parse(next);
      setBad(false);
      onChange(parsed);
    } catch {
      setBad(true);
    }
  };
  return (
    <TextArea
      {...ids}
      aria-invalid={bad || ids['aria-invalid']}
      placeholder={map ? 'key=value, one a line' : '{ }'}
      value={text}
      onChange={(event) => change(event.target.value)}
    />
  );
}
