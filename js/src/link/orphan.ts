import type { Arrival, EngineEvent } from '../engine/event.js';
import { type Message, lastText } from '../message/message.js';
import type { Peer } from './peers.js';
import { type Asked, type SocketSnapshot, sameEndpoint } from './snapshot.js';

/**
 * A socket of the page before, whose session this page goes on with. It keeps what happens to it, for the socket of this
 * page that takes its place: its heir.
 */
export class Orphan implements Peer {
  readonly #snapshot: SocketSnapshot;
  #heard: ((heir: Peer) => void)[] = [];
  /** How many messages it keeps. There are no more of them than the bridge had credit for. */
  #unheard = 0;

  constructor(snapshot: SocketSnapshot) {
    this.#snapshot = snapshot;
  }

  message(arrival: Arrival): void {
    this.#unheard++;
    const kept = new KeptArrival(arrival);
    this.#heard.push((heir) => heir.message(kept));
  }

  happened(event: EngineEvent): void {
    this.#heard.push((heir) => heir.happened(event));
  }

  interrupted(): void {
    this.#heard.push((heir) => heir.interrupted());
  }

  hide(): void {}

  readonly waits = false;

  drain(): Promise<number> {
    return Promise.resolve(0);
  }

  leave(): Promise<number> {
    return Promise.resolve(0);
  }

  ended(): void {}

  snapshot(): SocketSnapshot {
    return { ...this.#snapshot, missed: this.#snapshot.missed + this.#unheard };
  }

  /** Tells whether a socket of this type and identity, which asks for this endpoint, can take its place. */
  isLike(type: number, identity: string, asked: Asked): boolean {
    const it = this.#snapshot;
    return it.type === type && it.identity === identity && it.endpoints.some((endpoint) => sameEndpoint(endpoint, asked));
  }

  /** Tells the heir what has happened so far. */
  tell(heir: Peer): void {
    this.#unheard = 0;
    for (const tell of this.#heard.splice(0)) tell(heir);
  }
}

/** A message that is told later than when it arrived. */
class KeptArrival implements Arrival {
  readonly offset: number;
  readonly endpoint: number;
  readonly size: number;
  readonly #parts: Message;

  constructor(arrival: Arrival) {
    this.offset = arrival.offset;
    this.endpoint = arrival.endpoint;
    this.size = arrival.size;
    this.#parts = arrival.parts();
  }

  parts(): Message {
    return this.#parts;
  }

  text(): string {
    return lastText(this.#parts);
  }
}
