import {
  Blocks,
  Boxes,
  Database,
  Eye,
  FolderOpen,
  KeyRound,
  type LucideIcon,
  SquareFunction,
  Table2,
  Tag,
} from 'lucide-react';

const icons: [RegExp, LucideIcon][] = [
  [/catalog/i, Database],
  [/schema/i, Boxes],
  [/view/i, Eye],
  [/func/i, SquareFunction],
  [/volume/i, FolderOpen],
  [/grant|perm|priv/i, KeyRound],
  [/tag/i, Tag],
  [/table|managed|external|clone|copy/i, Table2],
];

export function ObjectIcon({ type }: { type: string | null | undefined }) {
  const Icon = icons.find(([pattern]) => pattern.test(type ?? ''))?.[1] ?? Blocks;
  return <Icon aria-hidden className="size-4 shrink-0 text-muted" />;
}
