import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export const tones = {
  neutral: 'text-muted',
  accent: 'text-accent',
  success: 'text-success',
  warning: 'text-warning',
  danger: 'text-danger',
  info: 'text-info',
} as const;
export type Tone = keyof typeof tones;

interface Props {
  tone?: Tone;
  icon?: ReactNode;
  children: ReactNode;
  className?: string;
}

/** A word with a meaning. The icon or the word carries it; colour only helps. */
export const Badge = ({ tone = 'neutral', icon, children, className }: Props) => (
  <span
    className={cn(
      'inline-flex h-5 items-center gap-1 rounded-sm border bg-surface-1 px-1.5 text-2xs font-medium whitespace-nowrap [&_svg]:size-3',
      tones[tone],
      className,
    )}
  >
    {icon}
    {children}
  </span>
);
