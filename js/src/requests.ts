import { after } from './abort.js';
import type { Engine } from './engine/engine.js';
import type { Client } from './engine/client.js';
import { ZmqError } from './errors.js';
import type { Frame } from './frame.js';
import type { Link } from './link.js';
import { type Part, snapshot } from './message.js';

export interface RequestOptions {
  /** Milliseconds until it fails with code "timeout"; default the socket's requestTimeout. */
  timeout?: number;
  /** Aborting it rejects with its reason, and cancels the request at the bridge. */
  signal?: AbortSignal;
  /** The request may be sent again when the connection was lost with its answer outstanding. */
  idempotent?: boolean;
}

/** What is sent: parts, or what makes them when the engine is there. */
export type Payload = readonly Part[] | ((engine: Engine) => readonly Part[]);

interface Pending {
  resolve(reply: Frame[]): void;
  reject(why: unknown): void;
}

/** Requests that a socket queues behind the one that is out before it is called busy. */
const maxQueued = 10_000;

/** The requests of a REQ socket, from the call to the answer. */
export class Requests {
  readonly #link: Link;
  readonly #timeout: number;
  readonly #pending = new Map<number, Pending>();
  readonly #queue: (() => Promise<unknown>)[] = [];
  #asking = false;
  #socket = 0;
  #ended: ZmqError | undefined;

  constructor(link: Link, timeout: number) {
    this.#link = link;
    this.#timeout = timeout;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  get outstanding(): boolean {
    return this.#pending.size > 0;
  }

  /** Sends at once; many may be under way. */
  request(payload: Payload, options: RequestOptions = {}): Promise<Frame[]> {
    const { signal, timeout = this.#timeout, idempotent = false } = options;
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (!(timeout > 0)) return Promise.reject(new ZmqError('invalid', `a timeout of ${timeout} ms`));
    return new Promise((resolve, reject) => {
      const call = new Call(resolve, reject, signal);
      const deadline = performance.now() + timeout;
      const run = (client: Client): void => {
        if (this.#ended !== undefined) throw this.#ended;
        if (call.settled) return;
        this.#link.admit(client);
        const parts = typeof payload === 'function' ? payload(client.engine) : payload;
        const now = performance.now();
        const left = Number.isFinite(timeout) ? Math.max(1, deadline - now) : longest;
        const id = client.request(this.#socket, parts, left, idempotent, now);
        this.#pending.set(id, call);
        call.sent(() => this.#cancel(id));
      };
      if (this.#link.client === undefined) {
        payload = typeof payload === 'function' ? payload : snapshot(payload);
        call.expire(timeout);
      }
      this.#link.run({ run, fail: (why) => call.reject(why) });
    });
  }

  #cancel(id: number): void {
    this.#pending.delete(id);
    this.#link.run({ run: (client) => client.cancel(this.#socket, id), fail() {} });
  }

  /** Sends when all that was asked before has been answered: one at a time, as a REQ socket does. */
  ask(payload: Payload, options?: RequestOptions): Promise<Frame[]> {
    if (this.#queue.length >= maxQueued) {
      return Promise.reject(new ZmqError('busy', 'too many requests wait for the one before them'));
    }
    const own = typeof payload === 'function' ? payload : snapshot(payload);
    return new Promise((resolve, reject) => {
      this.#queue.push(() => this.request(own, options).then(resolve, reject));
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) await job();
    this.#asking = false;
  }

  replied(id: number, reply: Frame[]): void {
    this.#take(id)?.resolve(reply);
  }

  failed(id: number, why: ZmqError): void {
    this.#take(id)?.reject(why);
  }

  #take(id: number): Pending | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    return call;
  }

  ended(why: ZmqError): void {
    this.#ended = why;
    for (const call of this.#pending.values()) call.reject(why);
    this.#pending.clear();
  }
}

/** What "no timeout" is for the engine, which has none: a month. */
const longest = 30 * 24 * 3600 * 1000;

/** One request of the page: settled once, by whichever comes first. */
class Call implements Pending {
  readonly #resolve: (reply: Frame[]) => void;
  readonly #reject: (why: unknown) => void;
  readonly #signal: AbortSignal | undefined;
  #cancel: (() => void) | undefined;
  #timer = after(Infinity, () => {});
  settled = false;

  constructor(resolve: (reply: Frame[]) => void, reject: (why: unknown) => void, signal: AbortSignal | undefined) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
  }

  /** Until the engine is there to keep the time. */
  expire(timeout: number): void {
    this.#timer = after(timeout, () => this.reject(new ZmqError('timeout', 'zmq.wasm did not load in time')));
  }

  /** The engine has it, and would be told to cancel like this. */
  sent(cancel: () => void): void {
    this.#timer.cancel();
    this.#cancel = cancel;
  }

  resolve(reply: Frame[]): void {
    if (this.#settle()) this.#resolve(reply);
  }

  reject(why: unknown): void {
    if (this.#settle()) this.#reject(why);
  }

  readonly #abort = (): void => {
    this.#cancel?.();
    this.reject(this.#signal?.reason);
  };

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#timer.cancel();
    this.#signal?.removeEventListener('abort', this.#abort);
    return true;
  }
}
