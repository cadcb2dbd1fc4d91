import type { ZmqError } from './errors.js';
import type { Link } from './link.js';
import { type MessageLike, partsOf } from './message.js';
import { Standing, type Standings } from './standing.js';

const encoder = new TextEncoder();

/** One prefix that a socket subscribed to. */
export class Subscription extends Standing {
  readonly prefix: Uint8Array;

  constructor(prefix: Uint8Array, name: string, timeout: number) {
    super(name, timeout);
    this.prefix = prefix;
  }
}

/** What a SUB socket subscribed to. One that never said gets everything, as in 2012. */
export class Subscriptions {
  readonly #link: Link;
  readonly #standings: Standings;
  readonly #timeout: number;
  readonly #refused: (subscription: Subscription, why: ZmqError) => void;
  readonly #all: Subscription[] = [];
  #socket = 0;
  #explicit = false;
  #implicit: Subscription | undefined;

  constructor(link: Link, standings: Standings, timeout: number, refused: (subscription: Subscription, why: ZmqError) => void) {
    this.#link = link;
    this.#standings = standings;
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

  add(prefixes: readonly MessageLike[]): Subscription[] {
    const added = prefixes.map((prefix) => this.#subscribe(prefix));
    this.#explicit = true;
    if (this.#implicit !== undefined) this.#unsubscribe(this.#implicit);
    this.#implicit = undefined;
    return added;
  }

  #subscribe(given: MessageLike): Subscription {
    const name = `subscription to ${JSON.stringify(String(given))}`;
    const subscription = new Subscription(prefixOf(given), name, this.#timeout);
    this.#all.push(subscription);
    this.#standings.add(subscription);
    this.#link.run({
      run: (client) => void (subscription.number = client.subscribe(this.#socket, subscription.prefix)),
      fail: (why) => this.#refused(subscription, why),
    });
    return subscription;
  }

  /** Takes each prefix back once, as often as it was added. */
  remove(prefixes: readonly MessageLike[]): void {
    for (const given of prefixes) {
      const prefix = prefixOf(given);
      const subscription = this.#all.find((it) => equal(it.prefix, prefix));
      if (subscription === undefined) continue;
      if (subscription === this.#implicit) this.#implicit = undefined;
      this.#unsubscribe(subscription);
    }
  }

  #unsubscribe(subscription: Subscription): void {
    this.#all.splice(this.#all.indexOf(subscription), 1);
    this.#standings.remove(subscription);
    this.#link.run({ run: (client) => client.unsubscribe(this.#socket, subscription.number), fail() {} });
  }

  find(number: number): Subscription | undefined {
    return this.#all.find((it) => it.number === number);
  }
}

/** A copy of the prefix in bytes. */
function prefixOf(given: MessageLike): Uint8Array {
  const [part = ''] = partsOf(given);
  return typeof part === 'string' ? encoder.encode(part) : part.slice();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
