import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';

/** True for a moment after the text went to the clipboard. */
export function useCopy() {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (text: string) => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  };
  return [copied, copy] as const;
}

interface Props {
  text: string;
  label: string;
  className?: string;
}

export function CopyButton({ text, label, className }: Props) {
  const [copied, copy] = useCopy();
  return (
    <Button
      look="ghost"
      icon
      className={cn('text-muted [&_svg]:size-3.5', className)}
      aria-label={copied ? 'Copied' : label}
      onClick={(event) => {
        event.stopPropagation();
        copy(text);
      }}
    >
      {copied ? <Check aria-hidden className="text-success" /> : <Copy aria-hidden />}
    </Button>
  );
}

/** A name of an object: mono, cut in the middle of nothing, and copyable. */
export const Name = ({ name, className }: { name: string; className?: string }) => (
  <span className={cn('group/name inline-flex min-w-0 items-center', className)}>
    <span className="truncate font-mono" title={name}>
      {name}
    </span>
    <CopyButton
      text={name}
      label={`Copy ${name}`}
      className="opacity-0 group-hover/name:opacity-100 focus-visible:opacity-100 [:is(tr,h1,h2):hover_&]:opacity-100 [@media(hover:none)]:opacity-100"
    />
  </span>
);
