import type { Attachments } from '../attachment/attachments.js';
import type { SocketType } from '../attachment/sockettype.js';
import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';
import { after } from '../language/timer.js';
import type { Link } from '../link/link.js';
import type { Orphan } from '../link/orphan.js';
import type { Peer } from '../link/peers.js';
import type { Asked } from '../link/snapshot.js';
import type { Reception } from '../reception/reception.js';
import type { Requests } from './requests.js';
import type { Sender } from './sender.js';

/** A socket of this page that may take the place of one of the page before. */
export interface Heir extends Peer {
  readonly type: SocketType;
  /** The identity that the bridge is told. */
  readonly identity: string;
  /** How many messages it holds that the page has not consumed. */
  readonly window: number;
  /** Whether what it sends may arrive more than once. */
  readonly idempotent: boolean;
  readonly attachments: Attachments;
  readonly reception: Reception;
  readonly requests: Requests;
  readonly sender: Sender;
  readonly closed: boolean;
  /** The number that the engine knows the socket by. */
  readonly number: number;
  /** Gives the socket another number. */
  renumber(number: number): void;
  /** So many messages are lost; 0 when nobody knows how many. */
  lost(missed: number): void;
}

/** Lets a socket take the place of one of the page before, which is an orphan until then. */
export class Adoption {
  readonly #link: Link;
  readonly #heir: Heir;

  constructor(link: Link, heir: Heir) {
    this.#link = link;
    this.#heir = heir;
  }

  /** The heir is connected for the first time. If there is an orphan like it, it takes the place of that. */
  begin(client: Client, asked: Asked): void {
    const { type, identity, requests, sender, attachments } = this.#heir;
    const orphan = requests.used || sender.used ? undefined : this.#link.adopt(type, identity, asked);
    if (orphan === undefined) return;
    const snapshot = orphan.snapshot();
    this.#exchange(client, snapshot.number);
    attachments.inherit(client, snapshot);
    // The code that is running now has yet to say what else it connects and subscribes to. Until then the orphan listens.
    after(0, () => this.#link.run({ run: (it) => this.#finish(it, orphan), fail() {} }));
  }

  #finish(client: Client, orphan: Orphan): void {
    const heir = this.#heir;
    const { attachments, reception } = heir;
    const { number, missed, endpoints } = orphan.snapshot();
    this.#link.remove(orphan, number);
    if (heir.closed) return;
    if (attachments.excessEndpoints) return this.#startOver(client);
    if (attachments.excessSubscriptions) reception.filter.only(() => attachments.prefixes);
    attachments.settle(client);
    reception.restore(endpoints);
    if (missed > 0) heir.lost(missed);
    this.#link.number(heir, number);
    orphan.tell(heir);
  }

  /**
   * The page has not connected to all that the page before was connected to. What has come from there is among what waits,
   * so the heir becomes a new socket.
   */
  #startOver(client: Client): void {
    const heir = this.#heir;
    this.#exchange(client, client.newSocket(heir.type, heir.identity, heir.window, heir.idempotent));
    this.#link.number(heir, heir.number);
    heir.requests.lost(new ZmqError('lost', 'the socket was made anew after the page was loaded again'));
    heir.attachments.reopen(client);
    heir.lost(0);
  }

  /** Closes the socket that the heir is in the engine, and makes it another one. */
  #exchange(client: Client, number: number): void {
    const heir = this.#heir;
    client.closeSocket(heir.number, 0, false);
    this.#link.remove(heir, heir.number);
    this.#link.add(heir);
    heir.renumber(number);
  }
}
