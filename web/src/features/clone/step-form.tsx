import { ArrowLeft, ArrowRight } from 'lucide-react';
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';

interface Props {
  title: string;
  /** what is wrong, by label; shown after a try to go on */
  problems: readonly string[];
  next: string;
  onNext: () => void;
  onBack?: () => void;
  children: ReactNode;
}

/** One step with fields: Enter goes on, and the focus starts at its heading. */
export function StepForm({ title, problems, next, onNext, onBack, children }: Props) {
  const heading = useStepHeading();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onNext();
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <Card className="flex flex-col gap-4 p-4">
        <h2 ref={heading} tabIndex={-1} className="outline-none">
          {title}
        </h2>
        {problems.length > 0 && (
          <div role="alert" className="rounded-md border border-danger px-3 py-2 text-danger">
            {problems.map((problem) => (
              <p key={problem}>{problem}</p>
            ))}
          </div>
        )}
        {children}
      </Card>
      <div className="flex justify-end gap-2">
        {onBack && (
          <Button onClick={onBack}>
            <ArrowLeft aria-hidden />
            Back
          </Button>
        )}
        <Button type="submit" look="primary">
          {next}
          <ArrowRight aria-hidden />
        </Button>
      </div>
    </form>
  );
}

/** Tells a screen reader that the step changed, and lets Tab go on from there. */
export function useStepHeading() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return heading;
}
