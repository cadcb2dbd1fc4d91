import { type WaitOptions, after, within } from './abort.js';
import { ZmqError } from './errors.js';
import { Deferred } from './outcome.js';

/** An endpoint or a subscription: something a socket asked for and the bridge has to say yes to. */
export class Wish {
  /** Its number with the engine, once it has one. */
  number = 0;
  state: 'pending' | 'live' | 'down' | 'refused' = 'pending';
  error: ZmqError | undefined;
  readonly #first = new Deferred<void>();
  readonly #late: { cancel(): void };

  constructor(
    readonly name: string,
    timeout: number,
  ) {
    this.#first.promise.catch(() => {});
    const late = (): void => this.#first.reject(new ZmqError('timeout', `${name}: no answer from the bridge in time`));
    this.#late = after(timeout, late);
  }

  /** The first answer: fulfilled by live, rejected by anything else. */
  get answer(): Promise<void> {
    return this.#first.promise;
  }

  became(state: 'live' | 'down' | 'refused', error?: ZmqError): void {
    this.state = state;
    this.error = error;
    this.#late.cancel();
    if (state === 'live') this.#first.resolve();
    else this.#first.reject(error);
  }
}

/** All that a socket asked for, and who waits for all of it to be live. */
export class Liveness {
  readonly #wishes = new Set<Wish>();
  #change = new Deferred<void>();
  #ended: ZmqError | undefined;

  constructor() {
    this.#change.promise.catch(() => {});
  }

  add(wish: Wish): void {
    this.#wishes.add(wish);
    if (this.#ended !== undefined) wish.became('refused', this.#ended);
  }

  remove(wish: Wish): void {
    this.#wishes.delete(wish);
    this.#changed();
  }

  became(wish: Wish, state: 'live' | 'down' | 'refused', error?: ZmqError): void {
    wish.became(state, error);
    this.#changed(state === 'live' ? undefined : error);
  }

  /** The connection was lost: everything is asked for again. */
  interrupted(): void {
    for (const wish of this.#wishes) wish.state = 'pending';
  }

  ended(why: ZmqError): void {
    this.#ended = why;
    for (const wish of this.#wishes) if (wish.state !== 'live') wish.became('refused', why);
    this.#changed(why);
  }

  /** Wakes those who wait; those who waited for what failed now are told why. */
  #changed(failure?: ZmqError): void {
    const change = this.#change;
    this.#change = new Deferred();
    this.#change.promise.catch(() => {});
    if (failure === undefined) change.resolve();
    else change.reject(failure);
  }

  /** Waits until everything is live. A failure that comes meanwhile rejects; one that is back can be waited for again. */
  wait(options: WaitOptions): Promise<void> {
    return within(this.#live(), options, () => this.#late());
  }

  async #live(): Promise<void> {
    for (;;) {
      if (this.#ended !== undefined) throw this.#ended;
      const wishes = [...this.#wishes];
      const refused = wishes.find((wish) => wish.state === 'refused');
      if (refused?.error !== undefined) throw refused.error;
      if (wishes.every((wish) => wish.state === 'live')) return;
      await this.#change.promise;
    }
  }

  #late(): string {
    const [wish] = [...this.#wishes].filter((it) => it.state !== 'live');
    if (wish === undefined) return 'not ready in time';
    return `${wish.name} is not live in time${wish.error === undefined ? '' : `: ${wish.error.message}`}`;
  }
}
