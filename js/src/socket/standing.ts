import { after } from '../language/timer.js';
import { type WaitOptions, within } from '../language/wait.js';
import { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';

export type State = 'pending' | 'live' | 'down' | 'refused';

/** How an endpoint or a subscription of a socket stands with the bridge. */
export class Standing {
  /** What it is, for people. */
  readonly name: string;
  /** Its number with the engine, once it has one. */
  number = 0;
  state: State = 'pending';
  error: ZmqError | undefined;
  readonly #answer = new Deferred<void>();
  readonly #late: { cancel(): void };

  constructor(name: string, timeout: number) {
    this.name = name;
    this.#answer.promise.catch(() => {}); // whoever asks for it is told; nobody has to
    this.#late = after(timeout, () => {
      this.#answer.reject(new ZmqError('timeout', `${name}: the bridge did not answer in time`));
    });
  }

  /** The bridge's first answer: fulfilled by live, rejected by anything else. */
  get answer(): Promise<void> {
    return this.#answer.promise;
  }

  /** Only Standings says so. */
  became(state: State, error: ZmqError | undefined): void {
    this.state = state;
    this.error = error;
    this.#late.cancel();
    if (state === 'live') this.#answer.resolve();
    else this.#answer.reject(error);
  }
}

/** All endpoints and subscriptions of a socket, and who waits for them to be live. */
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

  /** The connection was lost: everything is asked for again. */
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
    change.promise.catch(() => {}); // there may be nobody
    if (failure === undefined) change.resolve();
    else change.reject(failure);
  }

  /** Waits until everything is live. What fails meanwhile rejects it; what is down already may come back. */
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
