import { useQuery } from '@tanstack/react-query';
import { Check, ChevronDown, Terminal } from 'lucide-react';
import { authQuery } from '@/api/auth';
import { toCli, toCurl } from '@/api/copy-as';
import type { Draft, OpName } from '@/api/op';
import { Button } from '@/ui/button';
import { useCopy } from '@/ui/copy';
import { Menu, MenuItem } from '@/ui/menu';

export function CopyAs({ op, draft }: { op: OpName; draft: Draft }) {
  const [copied, copy] = useCopy();
  const { data: auth } = useQuery(authQuery());
  const curl = () => toCurl(op, draft, window.location.origin, auth?.embedded ?? false);
  return (
    <Menu
      label="Copy as"
      trigger={
        <Button>
          {copied ? <Check aria-hidden /> : <Terminal aria-hidden />}
          {copied ? 'Copied' : 'Copy as'}
          <ChevronDown aria-hidden />
        </Button>
      }
    >
      <MenuItem onSelect={() => copy(toCli(op, draft))}>Copy as CLI</MenuItem>
      <MenuItem onSelect={() => copy(curl())}>Copy as curl</MenuItem>
    </Menu>
  );
}
