import { ZmqError } from '../errors.js';
import { type Delivery, type Discipline, Inbox } from './inbox.js';
import type { Link } from '../connection/link.js';
import type { Part } from '../message/message.js';

/** The requests a REP socket was asked: the page gets one at a time, and the next one when it has answered. */
export class Answers implements Discipline {
  readonly #link: Link;
  readonly inbox = new Inbox(this);
  #socket = 0;
  #current: Delivery | undefined;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  started(request: Delivery): void {
    this.#current = request;
    this.inbox.block();
  }

  done(): void {} // it is done when it has been answered

  answer(parts: readonly Part[]): Promise<void> {
    const request = this.#current;
    if (request === undefined) return Promise.reject(new ZmqError('invalid', 'there is no request to answer'));
    this.#next();
    return new Promise((resolve, reject) => {
      this.#link.run({ run: (client) => resolve(client.reply(this.#socket, request.id, parts)), fail: reject });
    });
  }

  /** Gives up on a request that will not be answered, unless it has been, and tells the bridge. */
  decline(request: Delivery): void {
    if (request !== this.#current) return;
    this.#next();
    this.#link.run({ run: (client) => client.decline(this.#socket, request.id), fail() {} });
  }

  #next(): void {
    this.#current = undefined;
    this.inbox.unblock();
  }

  /**
   * The connection is gone, and its requests with it. The one being answered stays the current one until the page has
   * sent its answer, which goes nowhere, and would else be taken for that of the next.
   */
  interrupted(): void {
    this.inbox.clear();
  }
}
