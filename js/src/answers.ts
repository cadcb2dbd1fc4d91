import { ZmqError } from './errors.js';
import type { EngineEvent } from './engine/plan.js';
import type { Inbox } from './inbox.js';
import type { Link } from './link.js';
import { type Part, sizeOf } from './message.js';

interface Asked {
  readonly id: number;
  readonly size: number;
}

/** The requests a REP socket was asked: the page gets one at a time, and the next one when it has answered. */
export class Answers {
  readonly #link: Link;
  readonly #inbox: Inbox;
  #socket = 0;
  #current: Asked | undefined;
  #lost = false;

  constructor(link: Link, inbox: Inbox) {
    this.#link = link;
    this.#inbox = inbox;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  asked(event: EngineEvent): void {
    const asked = { id: event.id, size: sizeOf(event.parts) };
    this.#inbox.push({
      parts: event.parts,
      start: () => {
        this.#current = asked;
        this.#inbox.block(true);
      },
      done() {}, // done is when it has been answered
    });
  }

  /** What is being answered; drop takes it to tell whether it still is. */
  get current(): object | undefined {
    return this.#current;
  }

  answer(parts: readonly Part[]): Promise<void> {
    const { id } = this.#current ?? {};
    if (id === undefined) return Promise.reject(this.#nothing());
    return new Promise((resolve, reject) => {
      const run = (): void => this.#link.client?.reply(this.#socket, id, parts);
      this.#link.run({ run, fail: reject });
      resolve();
      this.#next();
    });
  }

  #nothing(): ZmqError {
    if (!this.#lost) return new ZmqError('invalid', 'there is no request to answer');
    this.#lost = false;
    return new ZmqError('lost', 'the connection that the request came on is gone');
  }

  /** Gives up on a request that will not be answered, unless it has been. */
  drop(asked: object | undefined): void {
    if (asked !== undefined && asked === this.#current) this.#next();
  }

  #next(): void {
    const asked = this.#current;
    this.#current = undefined;
    this.#inbox.block(false);
    if (asked !== undefined) this.#link.client?.consumed(this.#socket, 1, asked.size);
    queueMicrotask(() => this.#inbox.pump());
  }

  /** Who asked can no longer be answered. The bridge tells them so. */
  interrupted(): void {
    this.#lost = this.#current !== undefined;
    this.#current = undefined;
    this.#inbox.clear();
    this.#inbox.block(false);
  }
}
