import { after } from '../language/timer.js';
import type { Client } from '../engine/client.js';
import { type Asked, Orphan, Orphans } from './orphan.js';
import type { Peers } from './peers.js';
import { report } from '../language/report.js';
import type { ContextSnapshot, SnapshotStore } from './snapshot.js';

/** How long sockets of the page before wait for one of this page to go on for them. */
const adoptionTime = 5000;

/** Hands a context's session from a page to the one that is loaded next. */
export class Succession {
  readonly #store: SnapshotStore;
  readonly #peers: Peers;
  /** What the page before left, until there is an engine to go on with it. */
  #left: ContextSnapshot | undefined;
  #orphans = new Orphans([]);
  #patience: { cancel(): void } | undefined;

  constructor(store: SnapshotStore, peers: Peers) {
    this.#store = store;
    this.#peers = peers;
    this.#left = store.take();
  }

  /** Goes on where the page before was. abandon is called when it is time to. */
  begin(client: Client, abandon: () => void): void {
    const left = this.#left;
    this.#left = undefined;
    if (left === undefined) return;
    try {
      client.importSession(left.session, performance.now());
    } catch {
      return; // it was tampered with, or is another version's
    }
    const orphans = left.sockets.map((snapshot) => new Orphan(snapshot));
    for (const orphan of orphans) {
      this.#peers.add(orphan);
      this.#peers.number(orphan, orphan.snapshot().number);
    }
    this.#orphans = new Orphans(orphans);
    this.#patience = after(adoptionTime, abandon);
  }

  /** Finds a socket of the page before for one of this page to go on for. */
  adopt(type: number, identity: string, asked: Asked): Orphan | undefined {
    return this.#orphans.adopt(type, identity, asked);
  }

  /** Closes those that nobody went on for. */
  abandon(client: Client): void {
    for (const orphan of this.#orphans.abandon()) {
      client.closeSocket(orphan.snapshot().number);
      this.#peers.remove(orphan, orphan.snapshot().number);
    }
  }

  /** The page is being left: tells whether the next one can go on. */
  leave(client: Client | undefined): boolean {
    if (client === undefined) return this.#left !== undefined && this.#store.put(this.#left);
    try {
      const session = client.exportSession();
      return session !== undefined && this.#store.put({ session, sockets: this.#peers.snapshots() });
    } catch (thrown) {
      report(thrown);
      return false;
    }
  }

  /** This page goes on itself. */
  stay(): void {
    this.#store.take();
  }

  /** The context is closed. */
  cancel(): void {
    this.#patience?.cancel();
    this.#store.close();
  }
}
