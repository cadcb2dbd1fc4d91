import { EventKind } from '../engine/abi.js';
import type { Arrival, EngineEvent, EventSink } from '../engine/event.js';
import type { ZmqError } from '../errors.js';
import { report } from '../language/report.js';
import type { WaitOptions } from '../language/wait.js';
import type { SocketSnapshot } from './snapshot.js';

/** A socket, as the link of its context knows it. */
export interface Peer {
  /** A message has arrived. */
  message(arrival: Arrival): void;
  /** Something else has happened. */
  happened(event: EngineEvent): void;
  /** The session was lost, and the bridge knows nothing any more. The engine asks for everything again. */
  interrupted(): void;
  /** Nobody sees the page any more, or somebody does again. */
  hide(hidden: boolean): void;
  /** What the next page needs to go on with the socket; undefined when there is nothing to go on with. */
  snapshot(): SocketSnapshot | undefined;
  /** The context is closed. What was sent has so many milliseconds to leave; asked says that the page has chosen them. */
  leave(linger: number, asked: boolean): Promise<number>;
  /** Waits until it has done what it had begun, and closes it then. The number is that of leave. */
  drain(options: WaitOptions): Promise<number>;
  /** Whether something that was sent has yet to be handed to the engine. */
  readonly waits: boolean;
  /** Nothing will ever happen again, for this reason. */
  ended(why: ZmqError): void;
}

/** The sockets of a context. Each of them is told what happens to it, by the number that the engine knows it by. */
export class Peers implements EventSink {
  readonly #all = new Set<Peer>();
  readonly #byNumber = new Map<number, Peer>();
  readonly #changed: (event: EngineEvent) => void;
  /** How many messages, requests and replies have come. */
  received = 0;

  /** changed is told of the events that concern no socket, but the connection. */
  constructor(changed: (event: EngineEvent) => void) {
    this.#changed = changed;
  }

  add(peer: Peer): void {
    this.#all.add(peer);
  }

  /** The engine knows the peer by this number. */
  number(peer: Peer, socket: number): void {
    this.#byNumber.set(socket, peer);
  }

  remove(peer: Peer, socket: number): void {
    this.#all.delete(peer);
    this.#byNumber.delete(socket);
  }

  // What is thrown while one event is handled must not keep the next one from being handled.

  message(socket: number, arrival: Arrival): void {
    this.received++;
    try {
      this.#byNumber.get(socket)?.message(arrival);
    } catch (thrown) {
      report(thrown);
    }
  }

  happened(event: EngineEvent): void {
    if (event.kind === EventKind.Request || event.kind === EventKind.Reply) this.received++;
    try {
      if (event.socket !== 0) this.#byNumber.get(event.socket)?.happened(event);
      else this.#changed(event);
    } catch (thrown) {
      report(thrown);
    }
  }

  interrupted(): void {
    for (const peer of [...this.#all]) peer.interrupted();
  }

  hide(hidden: boolean): void {
    for (const peer of [...this.#all]) peer.hide(hidden);
  }

  snapshots(): SocketSnapshot[] {
    return [...this.#all].map((peer) => peer.snapshot()).filter((it) => it !== undefined);
  }

  /** Closes all of them. The promises have the numbers of messages that were not passed on, where these are known. */
  leave(linger: number, asked: boolean): Promise<number>[] {
    return [...this.#all].map((peer) => peer.leave(linger, asked));
  }

  /** Drains all of them. */
  drain(options: WaitOptions): Promise<number>[] {
    return [...this.#all].map((peer) => peer.drain(options));
  }

  get wait(): boolean {
    return [...this.#all].some((peer) => peer.waits);
  }

  ended(why: ZmqError): void {
    for (const peer of [...this.#all]) peer.ended(why);
  }
}
