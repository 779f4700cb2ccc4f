import { useEffect } from 'react';

/** The title of the window: what a tab, a bookmark and a screen reader call this page. */
export function useTitle(title: string | undefined) {
  useEffect(() => {
    document.title = title ? `${title} – Clone-Xs` : 'Clone-Xs';
  }, [title]);
}
