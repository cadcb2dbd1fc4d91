import type { EngineEvent } from '../engine/plan.js';
import type { Message } from '../message/message.js';
import type { Peer } from './peers.js';
import type { EndpointSnapshot, SocketSnapshot } from './snapshot.js';

/** A socket of the page before this one, whose session goes on. It keeps what comes for whoever goes on for it. */
export class Orphan implements Peer {
  readonly #snapshot: SocketSnapshot;
  #heard: ((heir: Peer) => void)[] = [];
  #unheard = 0; // messages of it: as many as its credit allows

  constructor(snapshot: SocketSnapshot) {
    this.#snapshot = snapshot;
  }

  message(parts: Message, offset: number, endpoint: number): void {
    this.#unheard++;
    this.#heard.push((heir) => heir.message(parts, offset, endpoint));
  }

  happened(event: EngineEvent): void {
    this.#heard.push((heir) => heir.happened(event));
  }

  interrupted(): void {
    this.#heard.push((heir) => heir.interrupted());
  }

  ended(): void {}

  snapshot(): SocketSnapshot {
    return { ...this.#snapshot, missed: this.#snapshot.missed + this.#unheard };
  }

  /** Tells the heir what was heard so far. */
  tell(heir: Peer): void {
    this.#unheard = 0;
    for (const tell of this.#heard.splice(0)) tell(heir);
  }
}

/** What was asked of the bridge for an endpoint. */
export type Asked = Pick<EndpointSnapshot, 'address' | 'params' | 'bind'>;

export function sameEndpoint(a: Asked, b: Asked): boolean {
  return a.address === b.address && a.params === b.params && a.bind === b.bind;
}

/** The sockets of the page before this one that nobody goes on for yet. */
export class Orphans {
  readonly #all: Orphan[];

  constructor(all: Orphan[]) {
    this.#all = all;
  }

  /** Finds the first of a type, identity and endpoint, for somebody who goes on for it. */
  adopt(type: number, identity: string, asked: Asked): Orphan | undefined {
    const at = this.#all.findIndex((orphan) => {
      const it = orphan.snapshot();
      return it.type === type && it.identity === identity && it.endpoints.some((endpoint) => sameEndpoint(endpoint, asked));
    });
    return at < 0 ? undefined : this.#all.splice(at, 1)[0];
  }

  /** Those that nobody goes on for, which is over. */
  abandon(): Orphan[] {
    return this.#all.splice(0);
  }
}
