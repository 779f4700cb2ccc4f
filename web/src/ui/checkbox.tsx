import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

/** The browser's own checkbox in the accent colour; the label around it is the target of 32 px. */
export const Checkbox = ({ className, ...props }: ComponentProps<'input'>) => (
  <input type="checkbox" className={cn('size-4 shrink-0 accent-(--accent)', className)} {...props} />
);
