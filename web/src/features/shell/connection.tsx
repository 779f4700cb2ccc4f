/** Which workspace this is, and whether the server answers: asked every 15 seconds. */
import { useQuery } from '@tanstack/react-query';
import { authQuery } from '@/api/auth';
import { healthQuery } from '@/api/query';
import { cn } from '@/lib/cn';
import { Tooltip } from '@/ui/tooltip';

export function Connection() {
  const health = useQuery(healthQuery());
  const { data: auth } = useQuery(authQuery());
  const up = !health.isError && health.data?.status !== 'down';
  const word = health.isPending ? 'Connecting' : up ? 'Connected' : 'Not connected';
  const where = auth?.embedded ? 'Embedded workspace' : (auth?.host?.replace(/^https?:\/\//, '') ?? '');
  return (
    <Tooltip
      text={up ? `${auth?.host ?? where}` : 'The server does not answer. Trying again every 15 seconds.'}
    >
      <div
        tabIndex={0}
        role="status"
        aria-label={`${word}: ${where}`}
        className="flex h-8 min-w-0 items-center gap-2 rounded-md px-2 text-xs text-muted"
      >
        <span
          aria-hidden
          data-testid="health-dot"
          data-up={up}
          className={cn('size-2 shrink-0 rounded-full', up ? 'bg-success' : 'bg-danger')}
        />
        <span className={up ? 'sr-only' : 'font-medium text-danger'}>{word}</span>
        <span className="hidden max-w-72 truncate md:inline">{where}</span>
      </div>
    </Tooltip>
  );
}
