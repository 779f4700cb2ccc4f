import { Slot } from '@radix-ui/react-slot';
import type { ComponentProps } from 'react';
import { cn } from '@/lib/cn';

const looks = {
  primary: 'bg-accent text-accent-text border-accent hover:opacity-90',
  secondary: 'bg-surface-1 text-text border-border hover:bg-surface-2',
  ghost: 'border-transparent bg-transparent text-text hover:bg-surface-2',
  danger: 'bg-danger text-danger-text border-danger hover:opacity-90',
} as const;

interface Props extends ComponentProps<'button'> {
  look?: keyof typeof looks;
  /** square, for an icon alone; give it an aria-label */
  icon?: boolean;
  busy?: boolean;
  /** renders its child (a link) instead of a button */
  asChild?: boolean;
}

export function Button({ look = 'secondary', icon, busy, asChild, className, disabled, ...props }: Props) {
  const Tag = asChild ? Slot : 'button';
  return (
    <Tag
      {...(asChild ? {} : { type: props.type ?? 'button', disabled: disabled || busy })}
      aria-busy={busy || undefined}
      className={cn(
        'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md border px-3 text-sm font-medium whitespace-nowrap select-none transition-colors duration-100 disabled:opacity-55 disabled:cursor-not-allowed [&_svg]:size-4 [&_svg]:shrink-0',
        looks[look],
        icon && 'w-8 px-0',
        className,
      )}
      {...props}
    />
  );
}
