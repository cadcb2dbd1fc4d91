import type { ZmqError } from '../errors.js';

/** Warnings a socket prints, each once. */
const maxWarnings = 20;

/** The last resort for errors that no promise, callback or listener is told. */
export class Unheard {
  readonly #warned = new Set<string>();

  warn(error: ZmqError): void {
    const line = `zmq: ${error.code}: ${error.message}`;
    if (error.code === 'closed' || this.#warned.has(line)) return;
    if (this.#warned.size < maxWarnings) console.warn(line);
    this.#warned.add(line);
  }
}
