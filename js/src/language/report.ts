/** Reports what a callback of the page threw, as if nobody had called it. The caller goes on. */
export function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown);
  else console.error(thrown); // Node
}

/** Calls back into the page. Whatever it throws is reported and goes no further. */
export function callback<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
  try {
    fn(...args);
  } catch (thrown) {
    report(thrown);
  }
}
