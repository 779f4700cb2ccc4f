import { cn } from '@/lib/cn';

interface Props {
  done: number;
  total: number;
  label: string;
  className?: string;
  tone?: 'accent' | 'success' | 'danger';
}

const fills = { accent: 'bg-accent', success: 'bg-success', danger: 'bg-danger' };

export function ProgressBar({ done, total, label, className, tone = 'accent' }: Props) {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total || 1}
      aria-valuenow={Math.min(done, total || 1)}
      className={cn('h-1.5 overflow-hidden rounded-full bg-surface-3', className)}
    >
      <div
        className={cn('h-full rounded-full transition-[width] duration-150', fills[tone])}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}
