import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

export const control =
  'h-8 w-full rounded-md border border-border-strong bg-surface-1 px-2.5 text-sm text-text disabled:opacity-60 aria-invalid:border-danger';

export const Input = ({ className, ...props }: ComponentProps<'input'>) => (
  <input className={cn(control, className)} autoComplete="off" spellCheck={false} {...props} />
);

export const TextArea = ({ className, ...props }: ComponentProps<'textarea'>) => (
  <textarea className={cn(control, 'h-16 py-1.5 font-mono', className)} spellCheck={false} {...props} />
);

export const Select = ({ className, ...props }: ComponentProps<'select'>) => (
  <select className={cn(control, 'pr-1', className)} {...props} />
);
