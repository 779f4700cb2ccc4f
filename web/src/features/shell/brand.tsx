import { Link } from '@tanstack/react-router';

export const Mark = ({ className }: { className?: string }) => (
  <svg viewBox="0 0 24 24" fill="none" strokeWidth="2" aria-hidden className={className}>
    <rect x="3" y="3" width="12" height="12" rx="2" stroke="var(--text-muted)" />
    <rect x="9" y="9" width="12" height="12" rx="2" fill="var(--accent)" stroke="var(--accent)" />
  </svg>
);

export const Brand = () => (
  <Link
    to="/"
    aria-label="Clone-Xs, start page"
    className="flex h-8 items-center gap-2 rounded-md pr-2 font-semibold"
  >
    <Mark className="size-5" />
    Clone-Xs
  </Link>
);
