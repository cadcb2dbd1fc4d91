import type { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import { type WaitOptions, within } from '../language/wait.js';
import type { Standing } from './standing.js';

/** All endpoints and subscriptions of a socket, for those who wait until every one of them is live. */
export class Standings {
  readonly #all = new Set<Standing>();
  #change = new Deferred<void>();
  #ended: ZmqError | undefined;

  add(standing: Standing): void {
    this.#all.add(standing);
    if (this.#ended !== undefined) standing.became('refused', this.#ended);
  }

  remove(standing: Standing): void {
    this.#all.delete(standing);
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

  #wake(failure?: ZmqError): void {
    const change = this.#change;
    this.#change = new Deferred();
    change.promise.catch(() => {}); // perhaps nobody waits
    if (failure === undefined) change.resolve();
    else change.reject(failure);
  }

  /**
   * Waits until everything is live. Rejects when something fails meanwhile; what was down before may come back, and is
   * waited for.
   */
  wait(options: WaitOptions): Promise<void> {
    return within(this.#live(), options, () => this.#late());
  }

  async #live(): Promise<void> {
    for (;;) {
      if (this.#ended !== undefined) throw this.#ended;
      const all = [...this.#all];
      const refused = all.find((it) => it.state === 'refused');
      if (refused?.error !== undefined) throw refused.error;
      if (all.every((it) => it.state === 'live')) return;
      await this.#change.promise;
    }
  }

  #late(): string {
    const laggard = [...this.#all].find((it) => it.state !== 'live');
    if (laggard === undefined) return 'not ready in time';
    return `${laggard.name} is not live in time${laggard.error === undefined ? '' : `: ${laggard.error.message}`}`;
  }
}
