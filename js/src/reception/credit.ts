import type { Client } from '../engine/client.js';
import type { Link } from '../link/link.js';

/** A quarter of the bytes in the window of a socket. When so many were consumed, the engine grants the bridge credit for them. */
const quarterBytes = 2 << 20;

/**
 * The credit of a socket at the bridge: how much the bridge may send that the page has not consumed. Here it is counted
 * what the page consumes. The engine is told before each writing; and when it has credit to grant, something is written.
 */
export class Credit {
  readonly #link: Link;
  /** When so many messages were consumed, the engine grants credit for them. */
  readonly #quarter: number;
  #socket = 0;
  /** What was consumed and the engine was not told. */
  #messages = 0;
  #bytes = 0;
  /** What the engine was told, and for which the bridge was not granted credit. */
  #toldMessages = 0;
  #toldBytes = 0;

  /** window is how many messages the bridge may send that the page has not consumed. */
  constructor(link: Link, window: number) {
    this.#link = link;
    this.#quarter = Math.ceil(window / 4);
  }

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  /** The page has consumed a message of so many bytes. */
  consumed(bytes: number): void {
    const before = this.#toldBytes + this.#bytes;
    this.#bytes += bytes;
    if (this.#messages++ === 0) this.#link.beforeWriting(this.#grant);
    const enough =
      this.#toldMessages + this.#messages === this.#quarter ||
      (before < quarterBytes && before + bytes >= quarterBytes);
    if (enough) this.#link.write();
  }

  readonly #grant = (client: Client): void => {
    const granted = client.consumed(this.#socket, this.#messages, this.#bytes);
    this.#toldMessages = granted ? 0 : this.#toldMessages + this.#messages;
    this.#toldBytes = granted ? 0 : this.#toldBytes + this.#bytes;
    this.#messages = this.#bytes = 0;
  };
}
