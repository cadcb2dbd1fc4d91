import type { Client } from '../engine/client.js';
import type { Delivery, Discipline } from './inbox.js';
import type { Link } from '../connection/link.js';
import { sizeOf } from '../message/message.js';

/** Tells the engine what the page has consumed, for the bridge to send as much again. */
export class Credit implements Discipline {
  readonly #link: Link;
  #socket = 0;
  #messages = 0;
  #bytes = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  started(): void {}

  done({ parts }: Delivery): void {
    if (this.#messages++ === 0) this.#link.beforeWriting(this.#grant);
    this.#bytes += sizeOf(parts);
  }

  readonly #grant = (client: Client): void => {
    client.consumed(this.#socket, this.#messages, this.#bytes);
    this.#messages = this.#bytes = 0;
  };
}
