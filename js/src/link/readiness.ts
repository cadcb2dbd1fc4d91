import type { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import type { Location, Status } from './status.js';

/** Where a context stands with its bridge, and the promise of those who wait until it is connected. */
export class Readiness {
  readonly #changed: (status: Status) => void;
  #status: Status = { state: 'connecting' };
  #connected = new Deferred<void>();
  #location: Location = {};
  readonly #over = new Deferred<ZmqError | undefined>();

  /** changed is told of every change. */
  constructor(changed: (status: Status) => void) {
    this.#changed = changed;
  }

  get status(): Status {
    return this.#status;
  }

  /** Fulfilled while the bridge is connected. While it is not, it is pending. */
  get promise(): Promise<void> {
    return this.#connected.promise;
  }

  /** Fulfilled when there will be no connection any more: with the reason, unless the page wanted it. */
  get over(): Promise<ZmqError | undefined> {
    return this.#over.promise;
  }

  /** It was decided where the context is. The next status says so, too. */
  located(location: Location): void {
    this.#location = location;
  }

  /** The bridge has welcomed this client. */
  welcomed(status: Status): void {
    this.#connected.resolve();
    this.#say(status);
  }

  /** The bridge has asked this client to leave. Until it does, it is connected. */
  draining(reason: string): void {
    this.#say({ state: 'draining', code: 'unavailable', reason });
  }

  /** There is no connection, and there will be another one. */
  waits({ code, message }: ZmqError): void {
    const { state } = this.#status;
    if (state === 'connected' || state === 'draining') this.#connected = new Deferred();
    const first = state === 'connecting';
    this.#say({ state: first ? 'connecting' : 'reconnecting', code, reason: message });
  }

  /** There will be no connection any more. */
  ended(why: ZmqError): void {
    this.#connected.promise.catch(() => {}); // perhaps nobody waits, and then its rejection is nobody's business
    this.#connected.reject(why);
    this.#over.resolve(why.code === 'closed' && !why.remote ? undefined : why);
    this.#say({ state: 'closed', code: why.code, reason: why.message });
  }

  #say(status: Status): void {
    this.#status = { ...status, ...this.#location };
    this.#changed(this.#status);
  }
}
