import type { Link } from './link.js';
import { type Liveness, Wish } from './liveness.js';
import { type MessageLike, partsOf } from './message.js';
import type { ZmqError } from './errors.js';

const encoder = new TextEncoder();

interface Subscription {
  readonly prefix: Uint8Array;
  readonly wish: Wish;
}

/** What a SUB socket subscribed to. One that never said gets everything, as in 2012. */
export class Subscriptions {
  readonly #link: Link;
  readonly #liveness: Liveness;
  readonly #timeout: number;
  readonly #refused: (wish: Wish, why: ZmqError) => void;
  readonly #all: Subscription[] = [];
  #socket = 0;
  #explicit = false;
  #implicit: Subscription | undefined;

  constructor(link: Link, liveness: Liveness, timeout: number, refused: (wish: Wish, why: ZmqError) => void) {
    this.#link = link;
    this.#liveness = liveness;
    this.#timeout = timeout;
    this.#refused = refused;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  /** The socket has been connected: unless the code that runs now goes on to subscribe, it gets everything. */
  connected(): void {
    queueMicrotask(() => {
      if (!this.#explicit && this.#implicit === undefined) this.#implicit = this.#subscribe('');
    });
  }

  add(prefixes: readonly MessageLike[]): Wish[] {
    this.#explicit = true;
    const wishes = prefixes.map((prefix) => this.#subscribe(prefix).wish);
    if (this.#implicit !== undefined) this.#unsubscribe(this.#implicit);
    this.#implicit = undefined;
    return wishes;
  }

  #subscribe(given: MessageLike): Subscription {
    const [part = ''] = partsOf(given);
    const prefix = typeof part === 'string' ? encoder.encode(part) : part.slice();
    const wish = new Wish(`subscription to ${JSON.stringify(String(given))}`, this.#timeout);
    const subscription = { prefix, wish };
    this.#all.push(subscription);
    this.#liveness.add(wish);
    this.#link.run({
      run: (client) => void (wish.number = client.subscribe(this.#socket, prefix)),
      fail: (why) => this.#refused(wish, why),
    });
    return subscription;
  }

  /** Takes each prefix back once, as often as it was added. */
  remove(prefixes: readonly MessageLike[]): void {
    for (const given of prefixes) {
      const [part = ''] = partsOf(given);
      const prefix = typeof part === 'string' ? encoder.encode(part) : part;
      const subscription = this.#all.find((it) => equal(it.prefix, prefix));
      if (subscription === undefined) continue;
      if (subscription === this.#implicit) this.#implicit = undefined;
      this.#unsubscribe(subscription);
    }
  }

  #unsubscribe(subscription: Subscription): void {
    this.#all.splice(this.#all.indexOf(subscription), 1);
    this.#liveness.remove(subscription.wish);
    this.#link.run({ run: (client) => client.unsubscribe(this.#socket, subscription.wish.number), fail() {} });
  }

  find(number: number): Wish | undefined {
    return this.#all.find((it) => it.wish.number === number)?.wish;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
