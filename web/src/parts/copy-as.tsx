import { Check, ChevronDown, Terminal } from 'lucide-react';
import { toCli, toCurl } from '@/api/copy-as';
import type { Draft, OpName } from '@/api/op';
import { Button } from '@/ui/button';
import { useCopy } from '@/ui/copy';
import { Menu, MenuItem } from '@/ui/menu';

export function CopyAs({ op, draft }: { op: OpName; draft: Draft }) {
  const [copied, copy] = useCopy();
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
      <MenuItem onSelect={() => copy(toCurl(op, draft, window.location.origin))}>Copy as curl</MenuItem>
    </Menu>
  );
}
