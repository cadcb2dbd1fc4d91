import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';
import { Idle } from '../language/idle.js';
import { wrongWait } from '../language/wait.js';
import type { Link } from '../link/link.js';
import type { Frame } from '../message/frame.js';
import type { Part } from '../message/message.js';
import { Call, type CallOwner, type Payload, keep } from './call.js';

export interface RequestOptions {
  /** After so many milliseconds it fails with code "timeout". The default is the requestTimeout of the socket. */
  timeout?: number;
  /** When it is aborted, the request rejects with the reason of the abort, and is canceled at the bridge. */
  signal?: AbortSignal;
  /** The request may be sent again when the connection was lost with its answer outstanding. */
  idempotent?: boolean;
}

/** How many requests may wait for the one before them to be answered. Further ones fail with code "busy". */
const maxQueued = 10_000;

/** The requests of a REQ socket, from the call to the answer. */
export class Requests implements CallOwner {
  readonly #link: Link;
  readonly #timeout: number;
  /** The requests that were sent and not answered, by number. */
  readonly #sent = new Map<number, Call>();
  /** The requests that wait for their turn. */
  readonly #queue: (() => Promise<unknown>)[] = [];
  /** The replies to those that were asked in turn, as long as they are outstanding and nobody has claimed them. */
  readonly #unclaimed: Promise<Frame[]>[] = [];
  #working = false;
  #socket = 0;
  #ended: ZmqError | undefined;
  /** Whether any was sent. */
  used = false;
  /** How many wait for the engine to be loaded. */
  early = 0;
  /** For those who wait until all of them are answered. */
  readonly idle = new Idle(() => this.#sent.size === 0 && this.#queue.length === 0 && !this.#working && this.early === 0);

  /** timeout is that of a request that says nothing else, in milliseconds. */
  constructor(link: Link, timeout: number) {
    this.#link = link;
    this.#timeout = timeout;
  }

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  /** Sends a request at once. Many may be under way at the same time. */
  request(payload: Payload, options?: RequestOptions | null): Promise<Frame[]> {
    const { signal, timeout = this.#timeout } = options ?? {};
    const wrong = this.#ended ?? wrongWait(options ?? {});
    if (wrong !== undefined) return Promise.reject(wrong);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    if (timeout <= 0) return Promise.reject(new ZmqError('invalid', `a timeout of ${timeout} ms`));
    return new Promise((resolve, reject) => {
      const call = new Call(this, payload, timeout, options?.idempotent ?? false, resolve, reject);
      if (signal !== undefined) call.abortOn(signal);
      if (this.#link.client === undefined) {
        this.early++;
        call.postpone();
      }
      this.#link.run(call);
    });
  }

  /** Sends a request when all that were asked before it have been answered: one at a time, as a REQ socket does. */
  ask(payload: Payload, options?: RequestOptions): Promise<Frame[]> {
    if (this.#queue.length >= maxQueued) {
      return Promise.reject(new ZmqError('busy', 'too many requests wait for the one before them'));
    }
    const kept = keep(payload);
    const reply = new Promise<Frame[]>((resolve, reject) => {
      this.#queue.push(() => this.request(kept, options).then(resolve, reject));
      void this.#work();
    });
    this.#unclaimed.push(reply);
    const settled = (): void => {
      const at = this.#unclaimed.indexOf(reply);
      if (at >= 0) this.#unclaimed.splice(at, 1);
    };
    reply.then(settled, settled);
    return reply;
  }

  claim(): Promise<Frame[]> | undefined {
    return this.#unclaimed.shift();
  }

  unclaim(reply: Promise<Frame[]>): void {
    this.#unclaimed.unshift(reply);
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) await job();
    this.#working = false;
    this.idle.check();
  }

  // What a Call does.

  send(call: Call, client: Client, parts: readonly Part[], timeout: number, idempotent: boolean, now: number): number {
    this.early = 0; // all of them are sent now, one after the other
    this.#link.admit(client);
    this.used = true;
    const id = client.request(this.#socket, parts, timeout, idempotent, now);
    if (this.#ended === undefined) this.#sent.set(id, call);
    else call.fail(this.#ended); // the socket was closed meanwhile, and nobody gets the answer
    return id;
  }

  cancel(id: number): void {
    if (this.#sent.delete(id)) this.#link.run({ run: (client) => client.cancel(this.#socket, id), fail() {} });
    this.idle.check();
  }

  // What becomes of them.

  replied(id: number, reply: Frame[]): void {
    this.#take(id)?.resolve(reply);
  }

  failed(id: number, why: ZmqError): void {
    this.#take(id)?.fail(this.#link.explain(why));
  }

  #take(id: number): Call | undefined {
    const call = this.#sent.get(id);
    this.#sent.delete(id);
    this.idle.check();
    return call;
  }

  /** None of those that were sent will be answered. */
  lost(why: ZmqError): void {
    for (const call of this.#sent.values()) call.fail(why);
    this.#sent.clear();
    this.idle.check();
  }

  /** Sends those that wait for their turn, because the socket is being closed. */
  hurry(): void {
    for (const job of this.#queue.splice(0)) void job();
  }

  ended(why: ZmqError): void {
    this.#ended = why;
    this.lost(why);
  }
}
