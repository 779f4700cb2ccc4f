import { useSyncExternalStore } from 'react';
import { save } from './storage';

export const themes = [
  { id: 'light', name: 'Light', about: 'Clean white' },
  { id: 'dark', name: 'Dark', about: 'Muted tones' },
  { id: 'midnight', name: 'Midnight', about: 'Deep blue-black' },
  { id: 'sunset', name: 'Sunset', about: 'Warm amber' },
  { id: 'high-contrast', name: 'High Contrast', about: 'Maximum legibility' },
  { id: 'ocean', name: 'Ocean', about: 'Cool blues' },
  { id: 'forest', name: 'Forest', about: 'Green-tinted dark' },
  { id: 'solarized', name: 'Solarized', about: 'The known palette' },
  { id: 'rose', name: 'Rose', about: 'Soft pink' },
  { id: 'slate', name: 'Slate', about: 'Blue-grey neutral' },
] as const;

export type ThemeId = (typeof themes)[number]['id'];

/* The attribute on the root element is the one place where the theme is kept, so that every picker agrees. */
const root = () => document.documentElement;
const current = () => (root().dataset.theme ?? 'light') as ThemeId;

function subscribe(changed: () => void) {
  const observer = new MutationObserver(changed);
  observer.observe(root(), { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

export const useTheme = () => useSyncExternalStore(subscribe, current);

export function setTheme(id: ThemeId) {
  root().dataset.theme = id;
  save('theme', id);
}
