import type { ComponentProps, ReactNode } from 'react';
import { cn } from '@/lib/cn';

export const Card = ({ className, ...props }: ComponentProps<'section'>) => (
  <section className={cn('rounded-lg border bg-surface-1', className)} {...props} />
);

interface StatProps {
  label: string;
  value: ReactNode;
  title?: string | undefined;
}

export const Stat = ({ label, value, title }: StatProps) => (
  <div className="min-w-28 flex-1 rounded-lg border bg-surface-1 px-3 py-2">
    <dt className="text-xs text-muted">{label}</dt>
    <dd className="nums text-xl font-semibold" title={title}>
      {value}
    </dd>
  </div>
);
