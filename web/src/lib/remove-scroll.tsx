import type { ComponentType, CSSProperties, ReactNode } from 'react';

interface Props {
  as?: ComponentType<{ children?: ReactNode; className?: string; style?: CSSProperties }>;
  children?: ReactNode;
  className?: string;
  style?: CSSProperties;
}

/**
 * Stands in for the package of this name (see vite.config.ts). That one adds <style> elements to stop the
 * page behind a dialog from scrolling; here the page never scrolls, only panes in it, and the content
 * security policy allows no inline styles.
 */
export function RemoveScroll({ as: As, children, className, style }: Props) {
  return As ? (
    <As className={className} style={style}>
      {children}
    </As>
  ) : (
    <>{children}</>
  );
}
