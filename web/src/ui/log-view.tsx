/** A log: filter by level, follow the end, draw only what is in view. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDownToLine } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { cn } from '@/lib/cn';
import { Button } from './button';
import { CopyButton } from './copy';
import { Select } from './input';

const order = ['debug', 'info', 'warning', 'error'] as const;
type Level = (typeof order)[number];

const colours: Record<Level, string> = {
  debug: 'text-muted',
  info: 'text-text',
  warning: 'text-warning',
  error: 'text-danger',
};

interface Line {
  seq: number;
  level: Level;
  text: string;
  time: Date | null;
}

export function LogView({ lines, live }: { lines: readonly Line[]; live: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef(0);
  const [least, setLeast] = useState<Level>('info');
  const [follow, setFollow] = useState(true);
  const shown = lines.filter((line) => order.indexOf(line.level) >= order.indexOf(least));
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 20,
    overscan: 20,
    initialRect: { width: 800, height: 240 },
  });

  const height = virtual.getTotalSize();
  useEffect(() => {
    const box = scroller.current;
    if (follow && box) box.scrollTop = box.scrollHeight;
  }, [follow, height]);

  const scrolled = () => {
    const box = scroller.current;
    if (!box) return;
    // lines that come in leave the end behind; only going back up is a wish to stay
    if (box.scrollTop < before.current) setFollow(false);
    else if (box.scrollHeight - box.scrollTop - box.clientHeight < 24) setFollow(true);
    before.current = box.scrollTop;
  };

  return (
    <section aria-label="Log" className="flex flex-col rounded-lg border bg-surface-1">
      <div className="flex items-center gap-2 border-b py-1.5 pr-1.5 pl-3" data-print="hide">
        <h2 className="mr-auto text-sm font-semibold">Log</h2>
        <Select
          aria-label="Least level shown"
          className="w-36"
          value={least}
          onChange={(event) => setLeast(event.target.value as Level)}
        >
          <option value="debug">Everything</option>
          <option value="info">Info and above</option>
          <option value="warning">Warnings, errors</option>
          <option value="error">Errors only</option>
        </Select>
        <Button
          aria-pressed={follow}
          onClick={() => setFollow((on) => !on)}
          look={follow ? 'secondary' : 'ghost'}
        >
          <ArrowDownToLine aria-hidden />
          Follow
        </Button>
        <CopyButton text={shown.map((line) => line.text).join('\n')} label="Copy the log" />
      </div>
      <div
        ref={scroller}
        role="log"
        aria-live={live ? 'polite' : 'off'}
        aria-label="Log lines"
        tabIndex={0}
        onScroll={scrolled}
        className={cn('overflow-auto py-1 font-mono text-xs', lines.length > 0 && 'h-56')}
      >
        {shown.length === 0 && (
          <p className="px-3 py-2 font-sans text-muted">
            {lines.length > 0
              ? 'No lines of this level.'
              : live
                ? 'No lines yet.'
                : 'The job wrote no lines.'}
          </p>
        )}
        <div className="relative" style={{ height }}>
          {virtual.getVirtualItems().map((item) => {
            const line = shown[item.index]!;
            return (
              <div
                key={line.seq}
                ref={virtual.measureElement}
                data-index={item.index}
                className={cn('absolute flex w-full gap-3 px-3 leading-5', colours[line.level])}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {line.time && (
                  <span className="nums shrink-0 text-muted">{line.time.toLocaleTimeString('en-GB')}</span>
                )}
                <span className="w-14 shrink-0 uppercase">{line.level === 'info' ? 'info' : line.level}</span>
                <span className="break-words whitespace-pre-wrap">{line.text}</span>
              </div>
            );
          })}
        </div>
      </div>
    </section>
  );
}
