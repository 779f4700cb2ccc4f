import * as Radix from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}

export const Dialog = ({ open, onOpenChange, title, children, actions }: Props) => (
  <Radix.Root open={open} onOpenChange={onOpenChange}>
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-40 bg-overlay" />
      <Radix.Content
        aria-describedby={undefined}
        className="fixed top-1/4 left-1/2 z-50 flex w-120 max-w-[calc(100vw-32px)] -translate-x-1/2 animate-in flex-col gap-3 rounded-lg border bg-surface-1 p-4 shadow-float"
      >
        <div className="flex items-center justify-between gap-2">
          <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
          <Radix.Close asChild>
            <Button look="ghost" icon aria-label="Close">
              <X aria-hidden />
            </Button>
          </Radix.Close>
        </div>
        {children}
        {actions && <div className="flex justify-end gap-2 pt-1">{actions}</div>}
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
);
