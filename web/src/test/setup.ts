import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

afterEach(cleanup);
// pages are chunks that load on demand; a busy machine takes its time
configure({ asyncUtilTimeout: 10_000 });

/* jsdom lays nothing out: virtual lists are told that they have room. */
Object.defineProperties(Element.prototype, {
  clientHeight: { get: () => 600 },
  clientWidth: { get: () => 800 },
});
Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};
window.scrollTo = () => {};
vi.stubGlobal(
  'ResizeObserver',
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
vi.stubGlobal('matchMedia', (media: string) => ({
  media,
  matches: false,
  addEventListener() {},
  removeEventListener() {},
}));
