import { ZmqError } from '../errors.js';
import type { Emitter } from '../language/emitter.js';
import type { SocketEvents } from './socketevents.js';

/** How many different warnings a socket prints. */
const maxWarnings = 20;

/**
 * The failures of a socket that the page does not hear of through a promise or a callback. They are 'error' events; when
 * nobody listens to those either, they are printed, each one once.
 */
export class Failures {
  readonly #events: Emitter<SocketEvents>;
  readonly #printed = new Set<string>();

  constructor(events: Emitter<SocketEvents>) {
    this.#events = events;
  }

  /** Something failed. */
  failed(why: unknown): void {
    this.unobserved(why);
    this.#events.emit('error', ZmqError.from(why));
  }

  /** Something failed that was an 'error' event already, and nobody looks at the promise that says so too. */
  unobserved(why: unknown): void {
    if (!this.#events.listens('error')) this.#print(ZmqError.from(why));
  }

  #print(error: ZmqError): void {
    const line = `zmq: ${error.code}: ${error.message}`;
    if (error.code === 'closed' || error.code === 'canceled' || this.#printed.has(line)) return; // the page wanted that
    if (this.#printed.size >= maxWarnings) return;
    console.warn(line);
    this.#printed.add(line);
  }
}
