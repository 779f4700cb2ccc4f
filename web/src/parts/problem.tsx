import { CircleX, RotateCw } from 'lucide-react';
import { ApiError } from '@/api/call';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy';

interface Props {
  error: unknown;
  /** what was being done, in the user's nouns */
  title?: string;
  onRetry?: () => void;
}

/** The one way to show a failure: what is wrong, what to try, and an id to find it by. */
export function Problem({ error, title = 'This did not work', onRetry }: Props) {
  const { message, hint, requestId } = describe(error);
  const report = [title, message, hint, requestId && `Request ${requestId}`].filter(Boolean).join('\n');
  return (
    <div role="alert" className="flex gap-3 rounded-lg border border-danger bg-surface-1 p-4">
      <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="font-semibold">{title}</p>
        <p className="break-words">{message}</p>
        {hint && <p className="text-muted">{hint}</p>}
        {requestId && (
          <p className="text-xs text-muted">
            Request <code>{requestId}</code>
          </p>
        )}
      </div>
      <div className="flex shrink-0 items-start gap-1" data-print="hide">
        <CopyButton text={report} label="Copy the error" />
        {onRetry && (
          <Button onClick={onRetry}>
            <RotateCw aria-hidden />
            Retry
          </Button>
        )}
      </div>
    </div>
  );
}

function describe(error: unknown) {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error ?? 'Unknown error');
  return { message, hint: null, requestId: null };
}
