import type { ReactNode } from 'react';
import { CopyButton } from './copy';

interface Props {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  command?: string;
}

/** Nothing here yet: what it is for, the action that fills it, and the command that does the same. */
export const Empty = ({ icon, title, children, action, command }: Props) => (
  <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
    {icon && <span className="text-muted [&_svg]:size-6">{icon}</span>}
    <p className="text-lg font-semibold">{title}</p>
    {children && <p className="max-w-md text-muted">{children}</p>}
    {action && <div className="pt-1">{action}</div>}
    {command && (
      <div className="mt-1 flex items-center gap-1 rounded-md border bg-surface-0 pl-2.5">
        <code className="text-xs">{command}</code>
        <CopyButton text={command} label="Copy the command" />
      </div>
    )}
  </div>
);
