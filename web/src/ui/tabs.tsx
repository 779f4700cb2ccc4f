import * as Radix from '@radix-ui/react-tabs';
import type { ReactNode } from 'react';

interface Props {
  value: string;
  onChange: (value: string) => void;
  label: string;
  tabs: readonly { value: string; label: ReactNode; content: ReactNode }[];
  className?: string;
}

export const Tabs = ({ value, onChange, label, tabs, className }: Props) => (
  <Radix.Root value={value} onValueChange={onChange} className={className}>
    <Radix.List aria-label={label} className="flex gap-4 border-b px-4" data-print="hide">
      {tabs.map((tab) => (
        <Radix.Trigger
          key={tab.value}
          value={tab.value}
          className="-mb-px h-9 border-b-2 border-transparent px-0.5 text-sm text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text"
        >
          {tab.label}
        </Radix.Trigger>
      ))}
    </Radix.List>
    {tabs.map((tab) => (
      <Radix.Content key={tab.value} value={tab.value} className="min-h-0 flex-1 overflow-auto">
        {tab.content}
      </Radix.Content>
    ))}
  </Radix.Root>
);
