import { useState } from 'react';
import { load, save } from './storage';

/** A number that survives the session, such as the width of a panel. */
export function useStoredNumber(key: string, initial: number) {
  const [value, set] = useState(() => {
    const stored = Number(load(key) ?? Number.NaN);
    return Number.isFinite(stored) ? stored : initial;
  });
  const put = (next: number) => {
    set(next);
    save(key, String(next));
  };
  return [value, put] as const;
}

export function useStoredFlag(key: string, initial: boolean) {
  const [value, set] = useState(() => (load(key) ?? String(initial)) === 'true');
  const put = (next: boolean) => {
    set(next);
    save(key, String(next));
  };
  return [value, put] as const;
}
