import type { KeyboardEvent, PointerEvent } from 'react';
import { cn } from '@/lib/cn';

interface Props {
  label: string;
  width: number;
  min: number;
  max: number;
  onResize: (width: number) => void;
  /** the side of the panel on which the handle is */
  side: 'left' | 'right';
}

/** The edge of a panel: drag it, or use the arrow keys when it has the focus. */
export function ResizeHandle({ label, width, min, max, onResize, side }: Props) {
  const sign = side === 'right' ? 1 : -1;
  const put = (next: number) => onResize(Math.round(Math.min(max, Math.max(min, next))));

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    const from = event.clientX;
    const target = event.currentTarget;
    target.setPointerCapture(event.pointerId);
    const move = (e: globalThis.PointerEvent) => put(width + sign * (e.clientX - from));
    const stop = () => target.removeEventListener('pointermove', move);
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', stop, { once: true });
    target.addEventListener('pointercancel', stop, { once: true });
  };

  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    put(width + sign * step);
  };

  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={key}
      data-print="hide"
      className={cn(
        'absolute inset-y-0 z-10 w-1.5 cursor-col-resize touch-none hover:bg-accent focus-visible:bg-accent focus-visible:outline-none',
        side === 'right' ? '-right-[3px]' : '-left-[3px]',
      )}
    />
  );
}
