import { useState } from 'react';
import { type Draft, opOf, problemsOf } from '@/api/op';
import { humanise } from '@/lib/format';
import { OpFields } from '@/parts/op-fields';
import { sourceArgs } from './source-step';
import { StepForm } from './step-form';

/* A dry run is what the next step shows; there is one way to load so far, so nothing to choose. */
const settled = new Set(['dry_run', 'load_type']);
const options = opOf('clone').args.filter((arg) => !sourceArgs.includes(arg) && !settled.has(arg.name));

interface Props {
  draft: Draft;
  onBack: (draft: Draft) => void;
  onNext: (draft: Draft) => void;
}

export function OptionsStep({ draft: initial, onBack, onNext }: Props) {
  const [draft, setDraft] = useState(initial);
  const [tried, setTried] = useState(false);
  const errors = problemsOf(options, draft);
  const shown = tried ? errors : {};
  return (
    <StepForm
      title="Options"
      next="Continue to the plan"
      problems={Object.entries(shown).map(([name, text]) => `${humanise(name)}: ${text}`)}
      onBack={() => onBack(draft)}
      onNext={() => (Object.keys(errors).length > 0 ? setTried(true) : onNext(draft))}
    >
      <OpFields
        args={options}
        draft={draft}
        errors={shown}
        onChange={(name, value) => setDraft((all) => ({ ...all, [name]: value }))}
      />
    </StepForm>
  );
}
