/** The words, colours and icons of a job's status: the one place that knows them. */
import { Ban, CircleCheck, CircleDashed, CirclePause, CircleX, LoaderCircle } from 'lucide-react';
import type { JobStatus } from '@/api/types';
import { Badge, type Tone } from '@/ui/badge';

const looks: Record<JobStatus, { word: string; tone: Tone; icon: typeof Ban }> = {
  queued: { word: 'Queued', tone: 'neutral', icon: CircleDashed },
  running: { word: 'Running', tone: 'info', icon: LoaderCircle },
  completed: { word: 'Completed', tone: 'success', icon: CircleCheck },
  failed: { word: 'Failed', tone: 'danger', icon: CircleX },
  cancelled: { word: 'Cancelled', tone: 'warning', icon: Ban },
  interrupted: { word: 'Interrupted', tone: 'warning', icon: CirclePause },
};

export const statuses = Object.keys(looks) as JobStatus[];
export const statusWord = (status: JobStatus) => looks[status]?.word ?? status;

export function StatusTag({ status }: { status: JobStatus }) {
  const { word, tone, icon: Icon } = looks[status] ?? looks.queued;
  return (
    <Badge tone={tone} icon={<Icon aria-hidden className={status === 'running' ? 'animate-spin' : ''} />}>
      {word}
    </Badge>
  );
}
