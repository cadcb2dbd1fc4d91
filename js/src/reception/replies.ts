import { ZmqError } from '../errors.js';
import type { Frame } from '../message/frame.js';
import type { Source } from './inbox.js';
import { Waiter } from './waiter.js';

/** Where the replies come from: the requests of a REQ socket that were made with send. */
interface Asking {
  /** Takes the promise of the oldest reply that is outstanding and that nobody waits for here. */
  claim(): Promise<Frame[]> | undefined;
  /** Gives it back. */
  unclaim(reply: Promise<Frame[]>): void;
}

/**
 * What a program that was written for ZeroMQ receives on a REQ socket: after send the reply to it. send returns the same
 * reply as a promise. Without a send that is outstanding there is nothing to wait for.
 */
export class Replies implements Source {
  readonly #asking: Asking;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  take(): Waiter {
    const reply = this.#asking.claim();
    if (reply === undefined) {
      throw new ZmqError('invalid', 'a REQ socket receives the reply to a send, and none is outstanding');
    }
    const waiter = new Waiter(() => this.#asking.unclaim(reply));
    reply.then(
      (parts) => waiter.give({ id: 0, parts, size: 0, place: undefined }),
      (why: unknown) => waiter.fail(why),
    );
    return waiter;
  }

  poll(): undefined {}

  done(): void {} // a reply costs no credit
}
