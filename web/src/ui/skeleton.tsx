import { cn } from '@/lib/cn';

export const Skeleton = ({ className }: { className?: string }) => (
  <div aria-hidden className={cn('animate-skeleton h-4 rounded-sm bg-surface-3', className)} />
);

/** Rows of the same shape as the list that is on its way. */
export const SkeletonRows = ({ rows = 8, label }: { rows?: number; label: string }) => (
  <div aria-busy role="status" className="flex flex-col gap-3 p-4">
    <span className="sr-only">{label}</span>
    {Array.from({ length: rows }, (_, i) => (
      <div key={i} className="flex gap-4">
        <Skeleton className="w-1/4" />
        <Skeleton className={i % 2 ? 'w-1/3' : 'w-2/5'} />
        <Skeleton className="ml-auto w-16" />
      </div>
    ))}
  </div>
);
