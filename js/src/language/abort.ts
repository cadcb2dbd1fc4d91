import { ZmqError } from '../errors.js';
import { Deferred } from './outcome.js';

/** How long to wait, and a signal to stop waiting. */
export interface WaitOptions {
  /** Milliseconds; Infinity waits for ever. Passing it rejects with code "timeout". */
  timeout?: number;
  /** Aborting it rejects with its reason. */
  signal?: AbortSignal;
}

/** Waits for promise as long as options allow. */
export function within<T>(promise: Promise<T>, options: WaitOptions, late: () => string): Promise<T> {
  const { timeout = Infinity, signal } = options;
  if (timeout === Infinity && signal === undefined) return promise;
  const { promise: outcome, resolve, reject } = new Deferred<T>();
  const timer = after(timeout, () => reject(new ZmqError('timeout', late())));
  const abort = (): void => reject(signal?.reason);
  const settled = (): void => {
    timer.cancel();
    signal?.removeEventListener('abort', abort);
  };
  promise.then(resolve, reject);
  outcome.then(settled, settled);
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort);
  return outcome;
}

const maxDelay = 0x7fffffff; // setTimeout fires at once beyond

/** Calls fn once, ms from now; never, when that is Infinity. */
export function after(ms: number, fn: () => void): { cancel(): void } {
  if (ms === Infinity) return { cancel() {} };
  const id = setTimeout(fn, Math.min(ms, maxDelay));
  return { cancel: () => clearTimeout(id) };
}
