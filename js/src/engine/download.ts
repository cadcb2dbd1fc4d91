import { ZmqError } from '../errors.js';
import { type Timer, after } from '../language/timer.js';

/** How long zmq.wasm may take to load from one place, in milliseconds, so that nothing waits for ever. */
const loadTimeout = 60_000;

let current: Download | undefined;

/** A download of zmq.wasm that is under way. A download keeps Node running. */
export class Download {
  readonly #abort = new AbortController();
  readonly #timer: Timer;

  constructor() {
    this.#timer = after(loadTimeout, () => this.#abort.abort(new ZmqError('unavailable', 'not loaded in time')));
    current = this;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** All of it is there, or it failed. */
  end(): void {
    this.#timer.cancel();
    if (current === this) current = undefined;
  }

  abandon(): void {
    this.end();
    this.#abort.abort(new Abandoned());
  }
}

/** Nobody waits for zmq.wasm any more. */
export class Abandoned extends Error {}

export function downloading(): boolean {
  return current !== undefined;
}

/** Ends the download that is under way, if there is one. */
export function abandonDownload(): void {
  current?.abandon();
}
