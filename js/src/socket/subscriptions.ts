import type { Client } from '../engine/client.js';
import type { ZmqError } from '../errors.js';
import type { Link } from '../connection/link.js';
import { type MessageLike, partsOf } from '../message/message.js';
import { type SubscribeOptions, intervalOf } from './overflow.js';
import type { SubscriptionSnapshot } from '../connection/snapshot.js';
import { toBase64 } from '../language/base64.js';
import { Standing, type Standings } from './standing.js';

const encoder = new TextEncoder();

/** One prefix that a socket subscribed to. */
export class Subscription extends Standing {
  readonly prefix: Uint8Array;
  readonly options: SubscribeOptions;

  constructor(prefix: Uint8Array, options: SubscribeOptions, name: string, timeout: number) {
    super(name, timeout);
    this.prefix = prefix;
    this.options = options;
  }
}

/** What a SUB socket subscribed to. One that never said gets everything, as in 2012. */
export class Subscriptions {
  readonly #link: Link;
  readonly #standings: Standings;
  readonly #defaults: SubscribeOptions;
  readonly #timeout: number;
  readonly #refused: (subscription: Subscription, why: ZmqError) => void;
  readonly #all: Subscription[] = [];
  #inherited: SubscriptionSnapshot[] = [];
  #claimed: [Subscription, string][] = [];
  #socket = 0;
  #explicit = false;
  #implicit: Subscription | undefined;

  constructor(
    link: Link,
    standings: Standings,
    { overflow, rate }: SubscribeOptions,
    timeout: number,
    refused: (subscription: Subscription, why: ZmqError) => void,
  ) {
    this.#link = link;
    this.#standings = standings;
    this.#defaults = { ...(overflow && { overflow }), ...(rate && { rate }) };
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

  add(prefixes: readonly MessageLike[], options: SubscribeOptions = {}): Subscription[] {
    const added = prefixes.map((prefix) => this.#subscribe(prefix, options));
    this.#explicit = true;
    if (this.#implicit !== undefined) this.#unsubscribe(this.#implicit);
    this.#implicit = undefined;
    return added;
  }

  #subscribe(given: MessageLike, options: SubscribeOptions = {}): Subscription {
    const name = `subscription to ${JSON.stringify(String(given))}`;
    const all = { ...this.#defaults, ...options };
    const subscription = new Subscription(prefixOf(given), all, name, this.#timeout);
    this.#all.push(subscription);
    this.#standings.add(subscription);
    this.#ask(subscription);
    return subscription;
  }

  #ask(subscription: Subscription): void {
    this.#link.run({
      run: (client) => this.#open(client, subscription),
      fail: (why) => this.#refused(subscription, why),
    });
  }

  #open(client: Client, subscription: Subscription): void {
    const { prefix, options } = subscription;
    if (this.#claim(subscription)) return;
    subscription.number = client.subscribe(this.#socket, prefix, options.overflow ?? '', intervalOf(options));
  }

  /** Prefixes of all. */
  get prefixes(): Uint8Array[] {
    return this.#all.map(({ prefix }) => prefix);
  }

  // Those of the page before.

  inherit(client: Client, inherited: readonly SubscriptionSnapshot[]): void {
    this.#inherited = [...inherited];
    for (const subscription of this.#all) {
      if (subscription.number !== 0) this.#open(client, subscription); // it has one of another socket
    }
  }

  #claim(subscription: Subscription): boolean {
    const { options } = subscription;
    const prefix = toBase64(subscription.prefix);
    const at = this.#inherited.findIndex(
      (it) => it.prefix === prefix && it.overflow === options.overflow && it.rate === options.rate,
    );
    if (at < 0) return false;
    const [{ number, state }] = this.#inherited.splice(at, 1) as [SubscriptionSnapshot];
    subscription.number = number;
    this.#claimed.push([subscription, state]);
    return true;
  }

  /** Whether there are some that this page has not asked for. */
  get excess(): boolean {
    return this.#inherited.length > 0;
  }

  endExcess(client: Client): void {
    for (const { number } of this.#inherited.splice(0)) client.unsubscribe(this.#socket, number);
  }

  /** Those that were claimed, and how they stood, once. */
  claimed(): [Subscription, string][] {
    return this.#claimed.splice(0);
  }

  /** Asks for all anew, on a socket with another number. */
  reopen(client: Client): void {
    this.#inherited = [];
    this.#claimed = [];
    for (const subscription of this.#all) this.#open(client, subscription);
  }

  snapshot(): SubscriptionSnapshot[] {
    const asked = this.#all.filter(({ number, state }) => number !== 0 && state !== 'refused');
    return asked.map(({ number, prefix, options, state }) => ({ number, prefix: toBase64(prefix), state, ...options }));
  }

  /** The bridge knows nothing any more. What it refused it is asked again, along with all the rest. */
  interrupted(): void {
    const refused = this.#all.filter(({ state, error }) => state === 'refused' && error?.remote);
    for (const subscription of refused) this.#ask(subscription);
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
