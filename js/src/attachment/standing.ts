import { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import { type Timer, after } from '../language/timer.js';

/** The bridge has not answered yet, it has it open, its backend is down, or the bridge refused it. */
type State = 'pending' | 'live' | 'down' | 'refused';

/** How an endpoint or a subscription of a socket stands with the bridge. */
export class Standing {
  /** What it is, for people. */
  readonly name: string;
  /** The number that the engine knows it by, once it has one. */
  number = 0;
  state: State = 'pending';
  error: ZmqError | undefined;
  readonly #answer = new Deferred<void>();
  readonly #late: Timer;

  /** timeout is how long the bridge may take to answer, in milliseconds. */
  constructor(name: string, timeout: number) {
    this.name = name;
    this.#answer.promise.catch(() => {}); // nobody has to ask for the answer
    this.#late = after(timeout, () => {
      this.#answer.reject(new ZmqError('timeout', `${name}: the bridge did not answer in time`));
    });
  }

  /** The first answer of the bridge: fulfilled when it is live, and rejected when it is anything else. */
  get answer(): Promise<void> {
    return this.#answer.promise;
  }

  /** The page has taken it back. If it has not been answered, it will not be. */
  takenBack(): void {
    this.#late.cancel();
    this.#answer.reject(new ZmqError('canceled', `${this.name}: taken back`));
  }

  /** Called by Standings, which tells those who wait. */
  became(state: State, error: ZmqError | undefined): void {
    this.state = state;
    this.error = error;
    this.#late.cancel();
    if (state === 'live') this.#answer.resolve();
    else this.#answer.reject(error);
  }
}
