import { type Timer, after } from '../language/timer.js';

/** What a SUB does while nobody sees the page. */
export type Hidden = (typeof ways)[number];

const ways = ['keep', 'pause', 'conflate'] as const;

/** Tells whether it is one of them, or nothing. */
export function isHidden(given: unknown): given is Hidden | undefined {
  return given === undefined || ways.includes(given as Hidden);
}

/** How many milliseconds a page is not seen before that counts: whoever looks elsewhere for a moment is to miss nothing. */
const patience = 1000;

/**
 * Watches whether anybody sees the page: changed is told when it has been hidden for a while, and when it is seen again. In a
 * worker or in Node nothing happens.
 */
export function watchVisibility(changed: (hidden: boolean) => void): Timer {
  if (typeof document === 'undefined') return { cancel() {} };
  const page = document;
  let timer: Timer | undefined;
  const look = (): void => {
    timer?.cancel();
    if (page.visibilityState === 'hidden') timer = after(patience, () => changed(true));
    else changed(false);
  };
  page.addEventListener?.('visibilitychange', look);
  return {
    cancel() {
      timer?.cancel();
      page.removeEventListener?.('visibilitychange', look);
    },
  };
}
