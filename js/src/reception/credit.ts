import type { Client } from '../engine/client.js';
import type { Link } from '../link/link.js';
import { sizeOf } from '../message/message.js';
import type { Delivery } from './delivery.js';

/**
 * The credit of a socket at the bridge: how much the bridge may send that the page has not consumed. Here it is counted
 * what the page consumes, and the engine is told once for each writing.
 */
export class Credit {
  readonly #link: Link;
  #socket = 0;
  #messages = 0;
  #bytes = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  /** The page has consumed a message. */
  consumed({ parts }: Delivery): void {
    if (this.#messages++ === 0) this.#link.beforeWriting(this.#grant);
    this.#bytes += sizeOf(parts);
  }

  readonly #grant = (client: Client): void => {
    client.consumed(this.#socket, this.#messages, this.#bytes);
    this.#messages = this.#bytes = 0;
  };
}
