import { after } from '../language/timer.js';
import type { Client } from '../engine/client.js';
import type { Engine } from '../engine/engine.js';
import { ZmqError } from '../errors.js';
import type { Frame } from '../message/frame.js';
import type { Link } from '../connection/link.js';
import type { Operation } from '../connection/operation.js';
import { type Part, snapshot } from '../message/message.js';

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

/** Requests that a socket queues behind the one that is out before it is called busy. */
const maxQueued = 10_000;

/** The requests of a REQ socket, from the call to the answer. */
export class Requests {
  readonly #link: Link;
  readonly #timeout: number;
  readonly #sent = new Map<number, Call>();
  readonly #queue: (() => Promise<unknown>)[] = [];
  #asking = false;
  #socket = 0;
  /** Whether any was sent. */
  used = false;
  #ended: ZmqError | undefined;

  constructor(link: Link, timeout: number) {
    this.#link = link;
    this.#timeout = timeout;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  /** Sends at once; many may be under way. */
  request(payload: Payload, options: RequestOptions = {}): Promise<Frame[]> {
    const { signal, timeout = this.#timeout } = options;
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (!(timeout > 0)) return Promise.reject(new ZmqError('invalid', `a timeout of ${timeout} ms`));
    return new Promise((resolve, reject) => {
      const call = new Call(this, payload, timeout, options.idempotent ?? false, resolve, reject);
      if (signal !== undefined) call.abortOn(signal);
      if (this.#link.client === undefined) call.keep();
      this.#link.run(call);
    });
  }

  /** Sends when all that was asked before has been answered: one at a time, as a REQ socket does. */
  ask(payload: Payload, options?: RequestOptions): Promise<Frame[]> {
    if (this.#queue.length >= maxQueued) {
      return Promise.reject(new ZmqError('busy', 'too many requests wait for the one before them'));
    }
    const kept = keep(payload);
    return new Promise((resolve, reject) => {
      this.#queue.push(() => this.request(kept, options).then(resolve, reject));
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) await job();
    this.#asking = false;
  }

  /** Only a Call says so. Returns its number. */
  send(call: Call, client: Client, parts: readonly Part[], timeout: number, idempotent: boolean, now: number): number {
    if (this.#ended !== undefined) throw this.#ended;
    this.#link.admit(client);
    this.used = true;
    const id = client.request(this.#socket, parts, timeout, idempotent, now);
    this.#sent.set(id, call);
    return id;
  }

  /** Only a Call says so. */
  cancel(id: number): void {
    if (this.#sent.delete(id)) this.#link.run({ run: (client) => client.cancel(this.#socket, id), fail() {} });
  }

  replied(id: number, reply: Frame[]): void {
    this.#take(id)?.resolve(reply);
  }

  failed(id: number, why: ZmqError): void {
    this.#take(id)?.fail(why);
  }

  #take(id: number): Call | undefined {
    const call = this.#sent.get(id);
    this.#sent.delete(id);
    return call;
  }

  ended(why: ZmqError): void {
    this.#ended = why;
    this.lost(why);
  }

  /** None that was sent will be answered. */
  lost(why: ZmqError): void {
    for (const call of this.#sent.values()) call.fail(why);
    this.#sent.clear();
  }
}

/** What "no timeout" is for the engine, which has none: a month. */
const longest = 30 * 24 * 3600 * 1000;

/** One request of the page: settled once, by whichever comes first. */
class Call implements Operation {
  readonly #requests: Requests;
  #payload: Payload;
  readonly #idempotent: boolean;
  readonly #deadline: number;
  readonly #resolve: (reply: Frame[]) => void;
  readonly #reject: (why: unknown) => void;
  #signal: AbortSignal | undefined;
  #timer: { cancel(): void } | undefined;
  #id = 0;
  #settled = false;

  constructor(
    requests: Requests,
    payload: Payload,
    timeout: number,
    idempotent: boolean,
    resolve: (reply: Frame[]) => void,
    reject: (why: unknown) => void,
  ) {
    this.#requests = requests;
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

  /** It will not run at once: keeps its bytes, and the time, which the engine is not there to keep. */
  keep(): void {
    this.#payload = keep(this.#payload);
    const late = new ZmqError('timeout', 'zmq.wasm did not load in time');
    this.#timer = after(this.#deadline - performance.now(), () => this.fail(late));
  }

  run(client: Client): void {
    if (this.#settled) return;
    this.#timer?.cancel();
    const parts = typeof this.#payload === 'function' ? this.#payload(client.engine) : this.#payload;
    const now = performance.now();
    const timeout = Math.min(Math.max(1, this.#deadline - now), longest);
    this.#id = this.#requests.send(this, client, parts, timeout, this.#idempotent, now);
  }

  resolve(reply: Frame[]): void {
    if (this.#settle()) this.#resolve(reply);
  }

  fail(why: unknown): void {
    if (this.#settle()) this.#reject(why);
  }

  readonly #abort = (): void => {
    this.#requests.cancel(this.#id);
    this.fail(this.#signal?.reason);
  };

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#timer?.cancel();
    this.#signal?.removeEventListener('abort', this.#abort);
    return true;
  }
}

/** A payload that stays what it is whatever the page does to its buffers. */
function keep(payload: Payload): Payload {
  return typeof payload === 'function' ? payload : snapshot(payload);
}
