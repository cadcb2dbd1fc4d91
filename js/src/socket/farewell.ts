import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import { describe } from '../language/describe.js';
import { type Timer, after } from '../language/timer.js';
import type { Link } from '../link/link.js';
import type { Sender } from './sender.js';

/** How a socket or a context is closed. */
export interface CloseOptions {
  /**
   * How many milliseconds what was sent before may take to be passed on to the backends; then it is dropped, also by the
   * bridge. By default the page waits for 1000 ms, and the bridge goes on with what it has for as long as it likes.
   */
  linger?: number;
}

const defaultLinger = 1000;

/** With no time at all the engine would not tell what it has dropped. In milliseconds. */
const shortest = 1;

/** Reads the options: how many milliseconds to linger, and whether the page has chosen them. */
export function lingerOf(options: CloseOptions | null | undefined): { linger: number; asked: boolean } {
  const { linger } = options ?? {};
  if (linger !== undefined && !(typeof linger === 'number' && linger >= 0)) {
    throw new ZmqError('invalid', `linger is a number of milliseconds, not ${describe(linger)}`);
  }
  return { linger: linger ?? defaultLinger, asked: linger !== undefined };
}

/** The end of a socket: what was sent on it has some time to leave. */
export class Farewell {
  readonly #link: Link;
  readonly #sender: Sender;
  readonly #number: () => number;
  readonly #deadline: number;
  readonly #asked: boolean;
  readonly #unpassed = new Deferred<number>();
  #dropped = 0;
  #late: Timer | undefined;
  #over = false;
  #said = false;
  #settled = false;

  /** number returns the number of the socket, which the engine gives it when that is there. */
  constructor(link: Link, sender: Sender, number: () => number, linger: number, asked: boolean) {
    this.#link = link;
    this.#sender = sender;
    this.#number = number;
    this.#deadline = performance.now() + linger;
    this.#asked = asked;
  }

  /** Fulfilled when the socket is gone, with the number of messages that were not passed on. Rejected when nobody knows it. */
  get promise(): Promise<number> {
    return this.#unpassed.promise;
  }

  /** Goes on: when the sender has handed everything to the engine, or time is up, the engine closes the socket. */
  proceed(): void {
    this.#link.run({ run: (client) => this.#proceed(client), fail: () => this.ended(this.#sender.pending) });
  }

  #proceed(client: Client): void {
    if (this.#said) return;
    const left = this.#deadline - performance.now();
    if (this.#sender.pending > 0 && left > 0 && !this.#over) {
      this.#late ??= after(left, () => {
        this.#over = true; // even if the timer rings a little too early
        this.proceed();
      });
      return;
    }
    this.#said = true;
    this.#dropped = this.#sender.pending;
    this.#sender.leaves(closed());
    if (!client.closeSocket(this.#number(), Math.max(shortest, left), this.#asked)) this.ended(0);
  }

  /**
   * The engine is done with the socket. So many messages were not passed on, besides those that it never got. lost says
   * that there may be more.
   */
  ended(count: number, lost = false): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#late?.cancel();
    this.#sender.ended(closed());
    const unpassed = this.#dropped + count;
    if (lost) this.#unpassed.reject(new ZmqError('lost', `${unpassed} messages were not passed on, and perhaps more`));
    else this.#unpassed.resolve(unpassed);
  }

  /** The context has ended: what was handed to the engine, nobody will tell of. */
  abandoned(): void {
    this.ended(this.#sender.pending, this.#said);
  }
}

function closed(): ZmqError {
  return new ZmqError('closed', 'the socket was closed');
}
