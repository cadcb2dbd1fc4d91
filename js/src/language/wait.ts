// The room "language" has what JavaScript itself could have had: waits that end, timers, promises, events, and classes
// that are called like functions. It knows nothing of ZeroMQ or of the bridge, and imports nothing but errors.ts. Every
// other room except "message" imports it.
import { ZmqError } from '../errors.js';
import { Deferred } from './deferred.js';
import { describe } from './describe.js';
import { after } from './timer.js';

/** How long to wait, and a signal to stop waiting. */
export interface WaitOptions {
  /** In milliseconds; Infinity waits for ever. When the time is over, the promise rejects with code "timeout". */
  timeout?: number;
  /** When it is aborted, the promise rejects with the reason of the abort. */
  signal?: AbortSignal;
}

/**
 * What is wrong with the options of a wait, if anything is. Whoever passes a number or a signal, and not an object that has
 * it, would wait for ever. An AbortSignal may be one of another realm.
 */
export function wrongWait(options: { [K in keyof WaitOptions]: unknown }): ZmqError | undefined {
  if (typeof options !== 'object' || isSignal(options)) {
    return new ZmqError('invalid', `how to wait is an object such as { timeout, signal }, not ${describe(options)}`);
  }
  const { timeout, signal } = options;
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    return new ZmqError('invalid', `a timeout is a number of milliseconds, not ${describe(timeout)}`);
  }
  if (signal === undefined || isSignal(signal)) return undefined;
  return new ZmqError('invalid', 'signal is an AbortSignal');
}

function isSignal(it: unknown): boolean {
  return typeof it === 'object' && it !== null && 'aborted' in it && 'addEventListener' in it;
}

/** The options of a wait that ends after so many milliseconds unless they say otherwise. Throws when they are none. */
export function waitOf(options: WaitOptions | null | undefined, timeout: number): WaitOptions {
  const wrong = wrongWait(options ?? {});
  if (wrong !== undefined) throw wrong;
  return { ...options, timeout: options?.timeout ?? timeout };
}

/** Waits for a promise as long as the options allow. late makes the text of the error when the time is over. */
export function within<T>(promise: Promise<T>, options: WaitOptions, late: () => string): Promise<T> {
  const { timeout = Infinity, signal } = options;
  const wrong = wrongWait({ timeout, signal });
  if (wrong !== undefined) return Promise.reject(wrong);
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
