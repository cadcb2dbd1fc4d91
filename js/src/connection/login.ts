import { ZmqError } from '../errors.js';
import { type Timer, after } from '../language/timer.js';
import { CloseCode } from './closecode.js';

/**
 * Why credentials are asked for.
 *
 * - connect: for a connection.
 * - expired: those that the bridge has are about to expire, or have expired.
 * - refused: the bridge did not accept the last ones, and others may do.
 */
export type CredentialsReason = 'connect' | 'expired' | 'refused';

/** What a function that returns credentials is told. */
export interface CredentialsQuery {
  readonly reason: CredentialsReason;
  /** Aborted when the answer is not needed any more. */
  readonly signal: AbortSignal;
}

/** How often in a row others may be asked for when the bridge does not accept them. */
const maxRefusals = 3;

/** How long whoever is asked may take. */
const maxAsking = 30_000;

/** The pause before credentials are asked for again while a connection goes on. It is doubled each time. */
const minPause = 1000;
const maxPause = 30_000;

/** Where the credentials of a context come from, and what became of them. */
export class Login {
  readonly #get: (query: CredentialsQuery) => unknown;
  /** Whether asking again may bring other ones. */
  readonly #renewable: boolean;
  #reason: CredentialsReason = 'connect';
  #welcomed = false;
  #refusals = 0;
  /** Whoever is being asked at present. */
  #asking: AbortController | undefined;
  #pause: Timer | undefined;

  constructor(get: (query: CredentialsQuery) => unknown, renewable: boolean) {
    this.#get = get;
    this.#renewable = renewable;
  }

  /** Asks for what to present: a value, or a promise of one. Whoever is being asked already is not waited for any more. */
  ask(reason = this.#reason): unknown {
    this.cancel();
    const asking = new AbortController();
    this.#asking = asking;
    const answer = this.#get({ reason, signal: asking.signal });
    return answer instanceof Promise ? inTime(answer, asking) : answer;
  }

  /** The bridge wants others on this connection. Asks until there are some, and hands them to done. */
  renew(refused: boolean, done: (credentials: string | undefined) => void): void {
    this.#refusals = refused ? this.#refusals + 1 : 0;
    if (!this.#renewable || this.#refusals > maxRefusals) return; // the bridge ends the connection when the time is over
    if (refused) this.#later('refused', minPause, done);
    else void this.#renew('expired', minPause, done);
  }

  async #renew(reason: CredentialsReason, pause: number, done: (credentials: string | undefined) => void): Promise<void> {
    const asked = new Promise((resolve) => resolve(this.ask(reason))); // what it throws, too
    const asking = this.#asking;
    try {
      const credentials = jsonOf(await asked);
      if (asking === this.#asking) done(credentials);
    } catch {
      if (asking === this.#asking) this.#later(reason, pause, done);
    }
  }

  #later(reason: CredentialsReason, pause: number, done: (credentials: string | undefined) => void): void {
    this.cancel();
    this.#pause = after(pause, () => void this.#renew(reason, Math.min(2 * pause, maxPause), done));
  }

  /** The bridge has welcomed this client. */
  welcomed(): void {
    this.#welcomed = true;
    this.#refusals = 0;
  }

  /** The connection has ended. Tells whether it makes sense to come back. */
  closed(code: number, remote: boolean): boolean {
    this.cancel();
    const welcomed = this.#welcomed;
    this.#welcomed = false;
    if (code !== CloseCode.Expired || !remote) {
      this.#reason = 'connect';
      return true;
    }
    this.#reason = welcomed ? 'expired' : 'refused';
    if (!welcomed) this.#refusals++;
    return this.#renewable && this.#refusals <= maxRefusals;
  }

  /** Nobody waits for credentials any more. */
  cancel(): void {
    this.#asking?.abort();
    this.#asking = undefined;
    this.#pause?.cancel();
  }
}

/** An answer, or a failure when it does not come in time: then it is given up. */
function inTime(answer: Promise<unknown>, asking: AbortController): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = after(maxAsking, () => {
      reject(new ZmqError('timeout', `there was no answer within ${maxAsking / 1000} s`));
      asking.abort();
    });
    asking.signal.addEventListener('abort', () => late.cancel());
    answer.then(resolve, reject).finally(() => late.cancel());
  });
}

/** Credentials as they are presented. */
export function jsonOf(credentials: unknown): string | undefined {
  return credentials === undefined ? undefined : JSON.stringify(credentials);
}

/** Whether a page that has no credentials says with what it threw that there will be none. */
export function isFinal(thrown: unknown): thrown is ZmqError {
  return thrown instanceof ZmqError && (thrown.code === 'unauthenticated' || thrown.code === 'denied');
}
