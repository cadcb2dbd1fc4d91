import { ZmqError } from '../errors.js';
import { Idle } from '../language/idle.js';
import type { Link } from '../link/link.js';
import type { Part } from '../message/message.js';
import type { Delivery } from './delivery.js';
import { Inbox, type Reader } from './inbox.js';

/** The requests that a REP socket is asked. The page gets one at a time, and the next one when it has answered. */
export class Answers implements Reader {
  readonly inbox = new Inbox(this);
  readonly #link: Link;
  #socket = 0;
  /** The request that the page has and has not answered. */
  #current: Delivery | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  /** For those who wait until the page has answered all that it was asked. */
  readonly idle = new Idle(() => this.#current === undefined && this.inbox.size === 0);

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  started(request: Delivery): void {
    this.#current = request;
    this.inbox.block();
  }

  done(): void {} // a request is done when it has been answered

  /** Answers the request that the page has. */
  answer(parts: readonly Part[]): Promise<void> {
    const request = this.#current;
    if (request === undefined) return Promise.reject(new ZmqError('invalid', 'there is no request to answer'));
    this.#next();
    return new Promise((resolve, reject) => {
      this.#link.run({ run: (client) => resolve(client.reply(this.#socket, request.id, parts)), fail: reject });
    });
  }

  /** Tells the bridge that a request will not be answered, unless it has been. */
  decline(request: Delivery): void {
    if (request !== this.#current) return;
    this.#next();
    this.#link.run({ run: (client) => client.decline(this.#socket, request.id), fail() {} });
  }

  #next(): void {
    this.#current = undefined;
    this.inbox.unblock();
    this.idle.check();
  }

  /**
   * The session was lost, and its requests with it. The one that the page has stays the current one, so that its answer,
   * which the engine drops, is not taken for the answer of the next request.
   */
  interrupted(): void {
    this.inbox.clear();
    this.idle.check();
  }
}
