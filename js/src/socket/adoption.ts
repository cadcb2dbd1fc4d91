import { after } from '../language/timer.js';
import type { Attachments } from './attachments.js';
import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';
import type { Link } from '../connection/link.js';
import type { Orphan } from '../connection/orphan.js';
import type { Peer } from '../connection/peers.js';
import type { Asked } from '../connection/snapshot.js';
import type { Reception } from './reception.js';
import type { Requests } from './requests.js';
import type { Sender } from './sender.js';
import type { SocketType } from './sockettype.js';

/** What of a socket takes part when it goes on for one of the page before. */
export interface Heir {
  readonly type: SocketType;
  /** As it is told to the bridge. */
  readonly identity: string;
  readonly peer: Peer;
  readonly attachments: Attachments;
  readonly reception: Reception;
  readonly requests: Requests;
  readonly sender: Sender;
  number(): number;
  /** Gives the socket another number. */
  renumber(number: number): void;
  /** So many messages are gone; 0 when nobody knows. */
  lost(missed: number): void;
  closed(): boolean;
}

/** Lets a socket go on for one of the page before. */
export class Adoption {
  readonly #link: Link;
  readonly #heir: Heir;

  constructor(link: Link, heir: Heir) {
    this.#link = link;
    this.#heir = heir;
  }

  /** The socket is connected for the first time: if there was one like it, this is it from now on. */
  attempt(client: Client, asked: Asked): void {
    const { type, identity, requests, sender, attachments } = this.#heir;
    const orphan = requests.used || sender.used ? undefined : this.#link.adopt(type, identity, asked);
    if (orphan === undefined) return;
    const snapshot = orphan.snapshot();
    this.#exchange(client, snapshot.number);
    attachments.inherit(client, snapshot);
    // The code that runs now has yet to say what else it connects and subscribes to. Until then the orphan listens.
    after(0, () => this.#link.run({ run: (it) => this.#finish(it, orphan), fail() {} }));
  }

  #finish(client: Client, orphan: Orphan): void {
    const { peer, attachments, reception } = this.#heir;
    const { number, missed, endpoints } = orphan.snapshot();
    this.#link.remove(orphan, number);
    if (this.#heir.closed()) return;
    if (attachments.excess) return this.#startOver(client);
    if (attachments.excessPrefixes) reception.only(() => attachments.prefixes);
    attachments.settle(client);
    reception.restore(endpoints);
    if (missed > 0) this.#heir.lost(missed);
    this.#link.number(peer, number);
    orphan.tell(peer);
  }

  /** The page has not connected to all that the one before had, and nothing can be taken away from a socket. */
  #startOver(client: Client): void {
    const { type, identity, peer, attachments, requests } = this.#heir;
    this.#exchange(client, client.newSocket(type, identity));
    this.#link.number(peer, this.#heir.number());
    requests.lost(new ZmqError('lost', 'the socket was made anew after the page was loaded again'));
    attachments.reopen(client);
    this.#heir.lost(0);
  }

  #exchange(client: Client, number: number): void {
    const { peer } = this.#heir;
    client.closeSocket(this.#heir.number());
    this.#link.remove(peer, this.#heir.number());
    this.#link.add(peer);
    this.#heir.renumber(number);
  }
}
