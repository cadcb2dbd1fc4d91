import { ZmqError } from './errors.js';

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
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => settle(() => reject(signal?.reason));
    const timer = after(timeout, () => settle(() => reject(new ZmqError('timeout', late()))));
    const settle = (how: () => void): void => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      how();
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort);
    promise.then(
      (value) => settle(() => resolve(value)),
      (reason: unknown) => settle(() => reject(reason)),
    );
  });
}

const maxDelay = 0x7fffffff; // setTimeout fires at once beyond

/** Calls fn once, ms from now; never, when that is Infinity. */
export function after(ms: number, fn: () => void): { cancel(): void } {
  if (ms === Infinity) return { cancel() {} };
  const id = setTimeout(fn, Math.min(ms, maxDelay));
  return { cancel: () => clearTimeout(id) };
}
