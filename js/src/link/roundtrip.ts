import type { Client } from '../engine/client.js';
import type { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';

/** Those who want to know how long the bridge takes to answer. They share one question. */
export class RoundTrip {
  #asked: Deferred<number> | undefined;

  /** Whether somebody waits. */
  get waits(): boolean {
    return this.#asked !== undefined;
  }

  /** In milliseconds. Whoever calls this has the client probe. */
  get answer(): Promise<number> {
    return (this.#asked ??= new Deferred()).promise;
  }

  /** Something has come from the bridge. Perhaps it was the answer. */
  look(client: Client): void {
    const { rtt } = client;
    if (rtt === undefined) return;
    this.#asked?.resolve(rtt);
    this.#asked = undefined;
  }

  ended(why: ZmqError): void {
    this.#asked?.promise.catch(() => {}); // perhaps nobody waits any more
    this.#asked?.reject(why);
    this.#asked = undefined;
  }
}
