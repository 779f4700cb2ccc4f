/** ⌘K: pages, catalogs, recent jobs, actions and themes by name or keyword; the last choices come first. */
import * as Dialog from '@radix-ui/react-dialog';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { CopyPlus, Database, Link2, PanelLeft, Palette as ThemeIcon, Zap } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { catalogsQuery, jobsQuery } from '@/api/query';
import { match } from '@/lib/match';
import { load, save } from '@/lib/storage';
import { setTheme, themes } from '@/lib/theme';
import { ago, toDate } from '@/lib/format';
import { pages } from './nav';

interface Item {
  id: string;
  group: string;
  label: string;
  hint?: string;
  icon: ReactNode;
  keywords: string[];
  run: () => void;
}

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSidebar: () => void;
}

const recentKey = 'clxs-palette-recent';
const recentIds = () => (load(recentKey) ?? '').split('\n').filter(Boolean);

export function Palette({ open, onOpenChange, onSidebar }: Props) {
  const items = useItems(onSidebar);
  const [typed, setTyped] = useState('');
  const choose = (item: Item) => {
    save(recentKey, [item.id, ...recentIds().filter((id) => id !== item.id)].slice(0, 5).join('\n'));
    setTyped('');
    onOpenChange(false);
    item.run();
  };
  const recent = recentIds().flatMap((id) => items.filter((item) => item.id === id));
  const sections = ['Pages', 'Actions', 'Catalogs', 'Recent jobs', 'Themes'];

  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-140 max-w-[calc(100vw-32px)] -translate-x-1/2 animate-in overflow-hidden rounded-lg border bg-surface-1 shadow-float"
        >
          <Dialog.Title className="sr-only">Search or go to</Dialog.Title>
          <Command
            label="Search or go to"
            loop
            filter={(_, search, [label = '', ...keywords] = []) => match(label, keywords, search)}
          >
            <Command.Input
              autoFocus
              value={typed}
              onValueChange={setTyped}
              placeholder="Search pages, catalogs, jobs, actions, themes"
              className="h-11 w-full border-b bg-transparent px-4 text-sm outline-none"
            />
            <Command.List className="max-h-96 overflow-auto p-1">
              <Command.Empty className="p-4 text-center text-muted">Nothing is called that.</Command.Empty>
              {typed === '' && recent.length > 0 && (
                <Section name="Last used" items={recent} prefix="recent:" onChoose={choose} />
              )}
              {sections.map((name) => (
                <Section
                  key={name}
                  name={name}
                  items={items.filter((item) => item.group === name)}
                  prefix=""
                  onChoose={choose}
                />
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface SectionProps {
  name: string;
  items: Item[];
  prefix: string;
  onChoose: (item: Item) => void;
}

function Section({ name, items, prefix, onChoose }: SectionProps) {
  if (items.length === 0) return null;
  return (
    <Command.Group
      heading={name}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
    >
      {items.map((item) => (
        <Command.Item
          key={item.id}
          value={prefix + item.id}
          keywords={[item.label, ...item.keywords]}
          onSelect={() => onChoose(item)}
          className="flex min-h-8 items-center gap-2 rounded-sm px-2 text-sm aria-selected:bg-surface-3 [&_svg]:size-4 [&_svg]:text-muted"
        >
          {item.icon}
          <span className="truncate">{item.label}</span>
          {item.hint && <span className="ml-auto truncate pl-4 text-xs text-muted">{item.hint}</span>}
        </Command.Item>
      ))}
    </Command.Group>
  );
}

function useItems(onSidebar: () => void): Item[] {
  const navigate = useNavigate();
  const { data: catalogs = [] } = useQuery(catalogsQuery());
  const { data: jobs = [] } = useQuery(jobsQuery());
  return [
    ...pages.map(({ to, title, icon: Icon, keywords }) => ({
      id: `page ${title}`,
      group: 'Pages',
      label: title,
      icon: <Icon aria-hidden />,
      keywords,
      run: () => void navigate({ to }),
    })),
    {
      id: 'action clone',
      group: 'Actions',
      label: 'Clone a catalog',
      icon: <CopyPlus aria-hidden />,
      keywords: ['new', 'copy'],
      run: () => void navigate({ to: '/clone', search: {} }),
    },
    {
      id: 'action sidebar',
      group: 'Actions',
      label: 'Collapse or expand the sidebar',
      icon: <PanelLeft aria-hidden />,
      keywords: ['rail', 'navigation'],
      run: onSidebar,
    },
    {
      id: 'action link',
      group: 'Actions',
      label: 'Copy the link to this page',
      icon: <Link2 aria-hidden />,
      keywords: ['url', 'share'],
      run: () => void navigator.clipboard?.writeText(window.location.href),
    },
    ...catalogs.map(({ name, comment }) => ({
      id: `catalog ${name}`,
      group: 'Catalogs',
      label: name,
      hint: comment ?? '',
      icon: <Database aria-hidden />,
      keywords: ['catalog', 'explore'],
      run: () => void navigate({ to: '/explore', search: { catalog: name } }),
    })),
    ...jobs.slice(0, 8).map((job) => ({
      id: `job ${job.job_id}`,
      group: 'Recent jobs',
      label: `${job.job_type ?? 'job'} ${job.source_catalog ?? ''} → ${job.destination_catalog ?? ''}`,
      hint: [job.status, ago(toDate(job.created_at) ?? new Date())].join(', '),
      icon: <Zap aria-hidden />,
      keywords: ['job', job.status],
      run: () => void navigate({ to: '/jobs/$id', params: { id: job.job_id } }),
    })),
    ...themes.map(({ id, name, about }) => ({
      id: `theme ${id}`,
      group: 'Themes',
      label: `${name} theme`,
      hint: about,
      icon: <ThemeIcon aria-hidden />,
      keywords: ['theme', 'colour', 'appearance'],
      run: () => setTheme(id),
    })),
  ];
}
