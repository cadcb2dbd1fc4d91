/** The longest delay that setTimeout knows. It takes a longer one for none, and fires at once. */
const maxDelay = 0x7fffffff;

/** A timer that is running, and can be stopped. */
export interface Timer {
  cancel(): void;
}

/** Calls fn once, after so many milliseconds; never, when that is Infinity. It does not keep Node running: see KeepAlive. */
export function after(ms: number, fn: () => void): Timer {
  if (ms === Infinity) return { cancel() {} };
  const id = setTimeout(fn, Math.min(ms, maxDelay));
  (id as { unref?: () => void }).unref?.();
  return { cancel: () => clearTimeout(id) };
}
