import { Deferred } from './deferred.js';

/** For those who wait until something has nothing more to do. Whoever does it calls check when it has done a part. */
export class Idle {
  readonly #idle: () => boolean;
  #waiting: Deferred<void> | undefined;

  /** idle tells whether there is nothing to do. */
  constructor(idle: () => boolean) {
    this.#idle = idle;
  }

  /** Fulfilled as soon as there is nothing to do. */
  get promise(): Promise<void> {
    this.#waiting ??= new Deferred();
    const { promise } = this.#waiting;
    this.check();
    return promise;
  }

  check(): void {
    if (this.#waiting === undefined || !this.#idle()) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }
}
