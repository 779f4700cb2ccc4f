import { Check } from 'lucide-react';
import { cn } from '@/lib/cn';

interface Props {
  label: string;
  steps: readonly { id: string; label: string }[];
  current: string;
  /** undefined for steps that cannot be gone to */
  onGo: (id: string) => (() => void) | undefined;
}

export function Stepper({ label, steps, current, onGo }: Props) {
  const at = steps.findIndex((step) => step.id === current);
  return (
    <nav aria-label={label}>
      <ol className="flex flex-wrap items-center gap-2">
        {steps.map((step, i) => {
          const go = onGo(step.id);
          return (
            <li key={step.id} className="flex items-center gap-2">
              {i > 0 && <span aria-hidden className="h-px w-6 bg-border-strong" />}
              <button
                type="button"
                disabled={!go || i === at}
                onClick={go}
                aria-current={i === at ? 'step' : undefined}
                className={cn(
                  'flex h-8 items-center gap-2 rounded-md pr-2 text-sm',
                  i === at ? 'font-semibold text-text' : 'text-muted',
                  go && i !== at && 'hover:text-text',
                )}
              >
                <span
                  aria-hidden
                  className={cn(
                    'nums flex size-5 items-center justify-center rounded-full border text-2xs font-semibold',
                    i === at && 'border-accent bg-accent text-accent-text',
                    i < at && 'border-success text-success',
                    i > at && 'border-border-strong',
                  )}
                >
                  {i < at ? <Check className="size-3" /> : i + 1}
                </span>
                {step.label}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
