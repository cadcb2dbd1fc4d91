import type { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import { type WaitOptions, within } from '../language/wait.js';
import type { Standing } from './standing.js';

/** All endpoints and subscriptions of a socket, for those who wait until every one of them is live. */
export class Standings {
  readonly #all = new Set<Standing>();
  /** Those who wait, each until it is over for them: a backend may be down for months. */
  readonly #waiting = new Set<Deferred<void>>();
  #ended: ZmqError | undefined;

  add(standing: Standing): void {
    this.#all.add(standing);
    if (this.#ended !== undefined) standing.became('refused', this.#ended);
  }

  remove(standing: Standing): void {
    this.#all.delete(standing);
    standing.takenBack();
    this.#wake();
  }

  live(standing: Standing): void {
    standing.became('live', undefined);
    this.#wake();
  }

  /** It is down, or refused. Those who wait are told why. */
  failed(standing: Standing, state: 'down' | 'refused', why: ZmqError): void {
    standing.became(state, why);
    this.#wake(why);
  }

  /** The session was lost, and the engine asks for everything again. */
  interrupted(): void {
    for (const standing of this.#all) standing.state = 'pending';
  }

  ended(why: ZmqError): void {
    this.#ended = why;
    for (const standing of this.#all) standing.became('refused', why);
    this.#wake(why);
  }

  /** Something has changed. Those who wait are told of a failure, or look again. */
  #wake(failure?: ZmqError): void {
    for (const waiting of this.#waiting) {
      if (failure === undefined) this.#look(waiting);
      else waiting.reject(failure);
    }
  }

  /**
   * Waits until everything is live. Rejects when something fails meanwhile; what was down before may come back, and is
   * waited for.
   */
  wait(options: WaitOptions): Promise<void> {
    const waiting = new Deferred<void>();
    this.#waiting.add(waiting);
    const over = (): void => void this.#waiting.delete(waiting);
    waiting.promise.catch(() => {}); // whoever waits has the promise of within
    this.#look(waiting);
    const outcome = within(waiting.promise, options, () => this.#late());
    outcome.then(over, over);
    return outcome;
  }

  #look(waiting: Deferred<void>): void {
    const all = [...this.#all];
    const refused = all.find((it) => it.state === 'refused');
    if (this.#ended !== undefined) waiting.reject(this.#ended);
    else if (refused?.error !== undefined) waiting.reject(refused.error);
    else if (all.every((it) => it.state === 'live')) waiting.resolve();
  }

  #late(): string {
    const laggard = [...this.#all].find((it) => it.state !== 'live');
    if (laggard === undefined) return 'not ready in time';
    return `${laggard.name} is not live in time${laggard.error === undefined ? '' : `: ${laggard.error.message}`}`;
  }
}
