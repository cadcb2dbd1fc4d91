/** Reports what a callback of the page threw, as the browser reports an uncaught error. The caller goes on. */
export function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown);
  else console.error(thrown); // Node has no reportError
}

/** Calls a callback of the page. What it throws is reported and goes no further. */
export function callback<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
  try {
    fn(...args);
  } catch (thrown) {
    report(thrown);
  }
}
