/**
 * From source to result in four steps. Which step, what was filled in and which job runs are all in the URL:
 * a refresh or a shared link comes back to the same place, and a template is a link with options.
 */
import { useNavigate } from '@tanstack/react-router';
import { type Draft, bodyOf, opOf, problemsOf } from '@/api/op';
import { CopyAs } from '@/parts/copy-as';
import { Page } from '@/parts/page';
import { Stepper } from '@/ui/stepper';
import { OptionsStep } from './options-step';
import { PlanStep } from './plan-step';
import { RunStep } from './run-step';
import { SourceStep } from './source-step';

export const stepIds = ['source', 'options', 'plan', 'run'] as const;
export type StepId = (typeof stepIds)[number];

const steps = [
  { id: 'source', label: 'Source and destination' },
  { id: 'options', label: 'Options' },
  { id: 'plan', label: 'Plan' },
  { id: 'run', label: 'Run' },
];

interface Props {
  step: StepId;
  job: string | undefined;
  draft: Draft;
}

export function CloneWizard({ step, job, draft }: Props) {
  const navigate = useNavigate();
  const go = (next: StepId, values: Draft = draft, jobId?: string) =>
    void navigate({
      to: '/clone',
      search: { ...bodyOf('clone', values), step: next, ...(jobId && { job: jobId }) },
    });
  const ready = Object.keys(problemsOf(opOf('clone').args, draft)).length === 0;
  const at: StepId = job ? 'run' : step === 'run' || (!ready && step !== 'source') ? 'source' : step;

  return (
    <Page
      title="Clone"
      line="Copy a catalog to a new name: look at the plan, then run it."
      actions={ready && !job && <CopyAs op="clone" draft={draft} />}
    >
      <Stepper
        label="Steps of the clone"
        steps={steps}
        current={at}
        onGo={(id) => (job || id === 'run' || !ready ? undefined : () => go(id as StepId))}
      />
      {at === 'source' && <SourceStep draft={draft} onNext={(values) => go('options', values)} />}
      {at === 'options' && (
        <OptionsStep
          draft={draft}
          onBack={(values) => go('source', values)}
          onNext={(values) => go('plan', values)}
        />
      )}
      {at === 'plan' && (
        <PlanStep draft={draft} onBack={() => go('options')} onStarted={(jobId) => go('run', draft, jobId)} />
      )}
      {at === 'run' && job && <RunStep job={job} draft={draft} onAgain={() => go('source')} />}
    </Page>
  );
}
