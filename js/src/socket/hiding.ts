import type { Attachments } from '../attachment/attachments.js';
import { SUB, type SocketType } from '../attachment/sockettype.js';
import type { Client } from '../engine/client.js';
import type { Link } from '../link/link.js';
import type { Hidden } from '../link/visibility.js';

/** A socket that may have nothing to do while nobody sees the page. */
interface Hider {
  readonly type: SocketType;
  readonly attachments: Attachments;
  readonly closed: boolean;
  /** The number that the engine knows it by; 0 until it does. */
  readonly number: number;
  /** Lets go of the socket at the bridge. */
  pause(client: Client): void;
}

/** What becomes of a SUB while nobody sees the page. */
export class Hiding {
  readonly #link: Link;
  readonly #socket: Hider;
  readonly #way: Hidden;
  #hidden = false;

  constructor(link: Link, socket: Hider, way: Hidden) {
    this.#link = link;
    this.#socket = socket;
    this.#way = socket.type === SUB ? way : 'keep';
  }

  /** A socket that was made while nobody saw the page works until the page is hidden the next time. */
  hide(hidden: boolean): void {
    if (hidden === this.#hidden || this.#way === 'keep') return;
    this.#hidden = hidden;
    this.#link.run({ run: (client) => this.#run(client, hidden), fail() {} });
  }

  #run(client: Client, hidden: boolean): void {
    const socket = this.#socket;
    const { attachments, number } = socket;
    if (socket.closed || number === 0) return;
    if (this.#way === 'conflate') return attachments.pace(client, hidden);
    if (hidden) return socket.pause(client);
    attachments.unpaused();
    client.unpause(number);
  }
}
