import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';

/** Something that needs the engine. What run throws is given to fail. */
export interface Operation {
  run(client: Client): void;
  fail(why: ZmqError): void;
}

/** Runs an operation, and gives it what it throws. */
export function attempt(operation: Operation, client: Client): void {
  try {
    operation.run(client);
  } catch (thrown) {
    operation.fail(ZmqError.from(thrown));
  }
}

/** How many operations may wait for the engine. Further ones fail with code "busy". */
const maxWaiting = 10_000;

/** The operations that came before the engine was loaded. They wait for it, in order. */
export class WaitingOperations {
  #all: Operation[] = [];

  add(operation: Operation): void {
    if (this.#all.length < maxWaiting) this.#all.push(operation);
    else operation.fail(new ZmqError('busy', 'too many calls wait for zmq.wasm to load'));
  }

  /** Takes all of them out. */
  take(): Operation[] {
    return this.#all.splice(0);
  }
}
