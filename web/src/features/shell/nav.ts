/** The pages that exist: the sidebar, the palette and the portal switcher are made from this list. */
import { CopyPlus, ListChecks, type LucideIcon, Telescope } from 'lucide-react';

export interface NavPage {
  to: '/explore' | '/clone' | '/jobs';
  title: string;
  group: 'Overview' | 'Operations' | 'Discovery' | 'Analysis' | 'Management';
  icon: LucideIcon;
  /** other words by which somebody may look for the page */
  keywords: string[];
}

export const groups = ['Overview', 'Operations', 'Discovery', 'Analysis', 'Management'] as const;

export const pages: NavPage[] = [
  {
    to: '/jobs',
    title: 'Jobs',
    group: 'Overview',
    icon: ListChecks,
    keywords: ['runs', 'progress', 'log', 'history', 'cancel', 'queue'],
  },
  {
    to: '/clone',
    title: 'Clone',
    group: 'Operations',
    icon: CopyPlus,
    keywords: ['copy', 'deep', 'shallow', 'wizard', 'plan', 'dry run', 'replica', 'staging'],
  },
  {
    to: '/explore',
    title: 'Explorer',
    group: 'Discovery',
    icon: Telescope,
    keywords: ['catalog', 'schema', 'table', 'browse', 'columns', 'history', 'sample', 'preview'],
  },
];

export interface Portal {
  id: string;
  name: string;
  about: string;
  /** a page of the app, or another document of the server */
  to: '/' | '/docs';
}

export const portals: Portal[] = [
  { id: 'main', name: 'Clone-Xs', about: 'Clone, explore, compare', to: '/' },
  { id: 'api', name: 'API reference', about: 'Every endpoint, from the operation table', to: '/docs' },
];
