import type { Client } from '../engine/client.js';
import type { Engine } from '../engine/engine.js';
import { ZmqError } from '../errors.js';
import { type Timer, after } from '../language/timer.js';
import type { Operation } from '../link/operation.js';
import type { Frame } from '../message/frame.js';
import { type Part, snapshot } from '../message/message.js';

/** What a request sends: parts, or a function that makes them when the engine is there. */
export type Payload = readonly Part[] | ((engine: Engine) => readonly Part[]);

/** Makes a copy of a payload, so that the page may change its buffers. */
export function keep(payload: Payload): Payload {
  return typeof payload === 'function' ? payload : snapshot(payload);
}

/** What a Call needs of the requests of its socket. */
export interface CallOwner {
  /** Sends a request, and returns its number. */
  send(call: Call, client: Client, parts: readonly Part[], timeout: number, idempotent: boolean, now: number): number;
  /** Takes back the request with this number. */
  cancel(id: number): void;
}

/** How long a request that has no timeout waits, in milliseconds, because in the engine every request has one: a month. */
const longest = 30 * 24 * 3600 * 1000;

/** One request of the page. It is settled once, by whatever comes first. */
export class Call implements Operation {
  readonly #owner: CallOwner;
  #payload: Payload;
  readonly #idempotent: boolean;
  readonly #deadline: number;
  readonly #resolve: (reply: Frame[]) => void;
  readonly #reject: (why: unknown) => void;
  #signal: AbortSignal | undefined;
  #timer: Timer | undefined;
  /** The number of the request, once it has been sent. */
  #id = 0;
  #settled = false;

  constructor(
    owner: CallOwner,
    payload: Payload,
    timeout: number,
    idempotent: boolean,
    resolve: (reply: Frame[]) => void,
    reject: (why: unknown) => void,
  ) {
    this.#owner = owner;
    this.#payload = payload;
    this.#idempotent = idempotent;
    this.#deadline = performance.now() + timeout;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  abortOn(signal: AbortSignal): void {
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort);
  }

  /** The engine is not there yet. Until it is, the call keeps a copy of its bytes, and watches its timeout itself. */
  postpone(): void {
    this.#payload = keep(this.#payload);
    const late = new ZmqError('unavailable', 'nothing was sent: zmq.wasm did not load in time');
    this.#timer = after(this.#deadline - performance.now(), () => this.fail(late));
  }

  run(client: Client): void {
    if (this.#settled) return;
    this.#timer?.cancel();
    const parts = typeof this.#payload === 'function' ? this.#payload(client.engine) : this.#payload;
    const now = performance.now();
    const timeout = Math.min(Math.max(1, this.#deadline - now), longest);
    this.#id = this.#owner.send(this, client, parts, timeout, this.#idempotent, now);
  }

  resolve(reply: Frame[]): void {
    if (this.#settle()) this.#resolve(reply);
  }

  fail(why: unknown): void {
    if (this.#settle()) this.#reject(why);
  }

  readonly #abort = (): void => {
    this.#owner.cancel(this.#id);
    this.fail(this.#signal?.reason);
  };

  /** Returns false when it was settled before. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#timer?.cancel();
    this.#signal?.removeEventListener('abort', this.#abort);
    return true;
  }
}
