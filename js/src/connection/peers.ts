import type { EngineEvent } from '../engine/plan.js';
import type { ZmqError } from '../errors.js';
import type { Message } from '../message/message.js';
import type { SocketSnapshot } from './snapshot.js';

/** A socket, as its link knows it. */
export interface Peer {
  /** offset and endpoint are its place in a history; offset is 0 where there is none. */
  message(parts: Message, offset: number, endpoint: number): void;
  happened(event: EngineEvent): void;
  /** The session was lost, and the bridge knows nothing any more: everything is asked for again. */
  interrupted(): void;
  /** What the page that is loaded next needs to go on with it; undefined if there is nothing to go on with. */
  snapshot(): SocketSnapshot | undefined;
  /** Nothing will ever happen again. */
  ended(why: ZmqError): void;
}

/** The sockets of a Context, by the number that the engine knows them by once it is there. */
export class Peers {
  readonly #all = new Set<Peer>();
  readonly #byNumber = new Map<number, Peer>();

  add(peer: Peer): void {
    this.#all.add(peer);
  }

  number(peer: Peer, socket: number): void {
    this.#byNumber.set(socket, peer);
  }

  remove(peer: Peer, socket: number): void {
    this.#all.delete(peer);
    this.#byNumber.delete(socket);
  }

  find(socket: number): Peer | undefined {
    return this.#byNumber.get(socket);
  }

  interrupted(): void {
    for (const peer of [...this.#all]) peer.interrupted();
  }

  snapshots(): SocketSnapshot[] {
    return [...this.#all].map((peer) => peer.snapshot()).filter((it) => it !== undefined);
  }

  ended(why: ZmqError): void {
    for (const peer of [...this.#all]) peer.ended(why);
  }
}
