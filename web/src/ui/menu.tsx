/** Menus on a button (dropdown) and on the right mouse button (context): one look, one API. */
import * as Context from '@radix-ui/react-context-menu';
import * as Dropdown from '@radix-ui/react-dropdown-menu';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';

const panel = 'z-50 min-w-48 animate-in rounded-md border bg-surface-1 p-1 shadow-float';
const item =
  'flex min-h-8 items-center gap-2 rounded-sm px-2 text-sm text-text outline-none data-highlighted:bg-surface-3 data-disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted';

interface MenuProps {
  trigger: ReactNode;
  align?: 'start' | 'end';
  label: string;
  children: ReactNode;
  className?: string;
}

export const Menu = ({ trigger, align = 'end', label, children, className }: MenuProps) => (
  <Dropdown.Root modal={false}>
    <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
    <Dropdown.Portal>
      <Dropdown.Content
        align={align}
        sideOffset={6}
        collisionPadding={8}
        aria-label={label}
        className={`${panel} ${className ?? ''}`}
      >
        {children}
      </Dropdown.Content>
    </Dropdown.Portal>
  </Dropdown.Root>
);

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <Dropdown.Label className="px-2 pt-1 pb-1.5 text-xs text-muted">{children}</Dropdown.Label>
);

export const MenuSeparator = () => <Dropdown.Separator className="my-1 h-px bg-border" />;

interface ItemProps {
  onSelect: () => void;
  disabled?: boolean;
  children: ReactNode;
}

export const MenuItem = ({ onSelect, disabled, children }: ItemProps) => (
  <Dropdown.Item className={item} onSelect={onSelect} disabled={disabled ?? false}>
    {children}
  </Dropdown.Item>
);

interface RadioProps {
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; content: ReactNode }[];
  className?: string;
}

export const MenuRadio = ({ value, onChange, options, className }: RadioProps) => (
  <Dropdown.RadioGroup value={value} onValueChange={onChange} className={className ?? ''}>
    {options.map((option) => (
      <Dropdown.RadioItem key={option.value} value={option.value} className={`${item} relative pr-8`}>
        {option.content}
        <Dropdown.ItemIndicator className="absolute right-2">
          <Check aria-hidden />
        </Dropdown.ItemIndicator>
      </Dropdown.RadioItem>
    ))}
  </Dropdown.RadioGroup>
);

interface CheckProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}

export const MenuCheck = ({ checked, onChange, children }: CheckProps) => (
  <Dropdown.CheckboxItem
    className={`${item} pl-8 relative`}
    checked={checked}
    onCheckedChange={onChange}
    onSelect={(event) => event.preventDefault()}
  >
    <Dropdown.ItemIndicator className="absolute left-2">
      <Check aria-hidden />
    </Dropdown.ItemIndicator>
    {children}
  </Dropdown.CheckboxItem>
);

export interface Action {
  label: string;
  icon?: ReactNode;
  run: () => void;
}

export const ContextMenu = ({ actions, children }: { actions: readonly Action[]; children: ReactNode }) => (
  <Context.Root modal={false}>
    <Context.Trigger asChild>{children}</Context.Trigger>
    <Context.Portal>
      <Context.Content className={panel} collisionPadding={8}>
        {actions.map((action) => (
          <Context.Item key={action.label} className={item} onSelect={action.run}>
            {action.icon}
            {action.label}
          </Context.Item>
        ))}
      </Context.Content>
    </Context.Portal>
  </Context.Root>
);
