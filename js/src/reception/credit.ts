import type { Client } from '../engine/client.js';
import type { Link } from '../link/link.js';

/**
 * After how many messages, or bytes, the engine is told though nothing else is written: a quarter of the window. The engine
 * grants no less at a time.
 */
const quarter = { messages: 250, bytes: 2 << 20 };

/**
 * The credit of a socket at the bridge: how much the bridge may send that the page has not consumed. Here it is counted
 * what the page consumes. The engine is told before each writing, and whenever that is not little.
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

  /** The page has consumed a message of so many bytes. */
  consumed(bytes: number): void {
    const before = this.#bytes;
    this.#bytes += bytes;
    if (this.#messages++ === 0) this.#link.beforeWriting(this.#grant);
    const enough = this.#messages === quarter.messages || (before < quarter.bytes && this.#bytes >= quarter.bytes);
    if (enough) this.#link.write();
  }

  readonly #grant = (client: Client): void => {
    client.consumed(this.#socket, this.#messages, this.#bytes);
    this.#messages = this.#bytes = 0;
  };
}
