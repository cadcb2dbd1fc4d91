import type { Client } from '../engine/client.js';
import { report } from '../language/report.js';
import { type Timer, after } from '../language/timer.js';
import { Orphan } from './orphan.js';
import type { Peers } from './peers.js';
import type { Asked, ContextSnapshot } from './snapshot.js';
import type { SnapshotStore } from './snapshotstore.js';

/** How long the sockets of the page before wait for heirs, in milliseconds. */
const adoptionTime = 5000;

/** How long what a socket without an heir had sent may take to leave, in milliseconds. */
const orphanLinger = 1000;

/** Hands the session of a context from a page to the one that is loaded next. */
export class Succession {
  readonly #store: SnapshotStore;
  readonly #peers: Peers;
  /** What the page before left, until there is an engine to go on with it. */
  #left: ContextSnapshot | undefined;
  /** The sockets of the page before that have no heir yet. */
  #orphans: Orphan[] = [];
  #patience: Timer | undefined;

  constructor(store: SnapshotStore, peers: Peers) {
    this.#store = store;
    this.#peers = peers;
    this.#left = store.take();
  }

  /** Goes on where the page before was. abandon is called when its sockets have waited long enough for heirs. */
  begin(client: Client, abandon: () => void): void {
    const left = this.#left;
    this.#left = undefined;
    if (left === undefined) return;
    try {
      client.importSession(left.session, performance.now());
    } catch {
      return; // somebody changed it, or another version of this library wrote it
    }
    this.#orphans = left.sockets.map((snapshot) => new Orphan(snapshot));
    for (const orphan of this.#orphans) {
      this.#peers.add(orphan);
      this.#peers.number(orphan, orphan.snapshot().number);
    }
    this.#patience = after(adoptionTime, abandon);
  }

  /** Takes out the first orphan that is like a socket of this page, which becomes its heir. */
  adopt(type: number, identity: string, asked: Asked): Orphan | undefined {
    const at = this.#orphans.findIndex((orphan) => orphan.isLike(type, identity, asked));
    return at < 0 ? undefined : this.#orphans.splice(at, 1)[0];
  }

  /** Closes the orphans that have no heir. */
  abandon(client: Client): void {
    for (const orphan of this.#orphans.splice(0)) {
      client.closeSocket(orphan.snapshot().number, orphanLinger, false);
      this.#peers.remove(orphan, orphan.snapshot().number);
    }
  }

  /** The page is being left. Tells whether the next one can go on with the session. */
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

  /** The page was not left for ever, and goes on with the session itself. */
  stay(): void {
    this.#store.take();
  }

  /** The context is closed. */
  cancel(): void {
    this.#patience?.cancel();
    this.#store.close();
  }
}
