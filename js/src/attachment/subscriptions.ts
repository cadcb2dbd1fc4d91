import type { Client } from '../engine/client.js';
import type { ZmqError } from '../errors.js';
import type { Link } from '../link/link.js';
import type { SubscriptionSnapshot } from '../link/snapshot.js';
import type { MessageLike } from '../message/message.js';
import { Inheritance } from './inheritance.js';
import type { SubscribeOptions } from './overflow.js';
import type { Standings } from './standings.js';
import { Subscription } from './subscription.js';

/** What a SUB socket is subscribed to. One that is set up as in 2012, and never subscribes to anything, gets everything. */
export class Subscriptions {
  readonly #link: Link;
  readonly #standings: Standings;
  readonly #defaults: SubscribeOptions;
  readonly #timeout: number;
  readonly #refused: (subscription: Subscription, why: ZmqError) => void;
  readonly #all: Subscription[] = [];
  readonly #inheritance = new Inheritance<Subscription, SubscriptionSnapshot>();
  #socket = 0;
  /** Whether nobody looks, so that they come slowly. */
  #slowly = false;
  #connected = false;
  /** Whether the socket is set up as in 2012, when there was no subscribe. */
  #asIn2012 = false;
  /** Whether the page has subscribed to anything. */
  #explicit = false;
  /** The subscription to everything, while the page has not. */
  #implicit: Subscription | undefined;

  /** refused is told of every subscription that cannot be. */
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

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  find(number: number): Subscription | undefined {
    return this.#all.find((it) => it.number === number);
  }

  /** Whether the bridge has not answered one of them yet. */
  get pending(): boolean {
    return this.#all.some(({ state }) => state === 'pending');
  }

  /** The prefixes of all of them. */
  get prefixes(): Uint8Array[] {
    return this.#all.map(({ prefix }) => prefix);
  }

  /** The socket was connected. */
  connected(): void {
    this.#connected = true;
    this.#getEverything();
  }

  /** The page reads as it did in 2012. */
  asIn2012(): void {
    this.#asIn2012 = true;
    this.#getEverything();
  }

  /** A socket of 2012 gets everything, unless the code that is running now goes on to subscribe. */
  #getEverything(): void {
    if (!this.#connected || !this.#asIn2012) return;
    queueMicrotask(() => {
      if (!this.#explicit && this.#implicit === undefined) this.#implicit = this.#subscribe('', {});
    });
  }

  add(prefixes: readonly MessageLike[], options: SubscribeOptions): Subscription[] {
    const added = prefixes.map((prefix) => this.#subscribe(prefix, options));
    this.#explicit = true;
    if (this.#implicit !== undefined) this.#unsubscribe(this.#implicit);
    this.#implicit = undefined;
    return added;
  }

  #subscribe(prefix: MessageLike, options: SubscribeOptions): Subscription {
    const subscription = new Subscription(prefix, { ...this.#defaults, ...options }, this.#timeout);
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
    if (this.#inheritance.claim(subscription, (left) => subscription.isSame(left))) return;
    subscription.open(client, this.#socket, this.#slowly);
  }

  /** Has them come slowly, or as fast as the page has asked for. */
  pace(client: Client, slowly: boolean): void {
    this.#slowly = slowly;
    for (const subscription of this.#all) subscription.pace(client, this.#socket, slowly);
  }

  /** Takes back each of the prefixes once, however often it was added. */
  remove(prefixes: readonly MessageLike[]): void {
    for (const prefix of prefixes) {
      const subscription = this.#all.find((it) => it.hasPrefix(prefix));
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

  /** The bridge knows nothing any more. The engine asks for the others again, and here those are that were refused. */
  interrupted(): void {
    const refused = this.#all.filter(({ state, error }) => state === 'refused' && error?.remote);
    for (const subscription of refused) this.#ask(subscription);
  }

  // The page before, and the one after.

  /** These are what the socket of the page before had. */
  inherit(client: Client, left: readonly SubscriptionSnapshot[]): void {
    this.#inheritance.receive(left);
    for (const subscription of this.#all) {
      if (subscription.number !== 0) this.#open(client, subscription); // it has a number of the socket of until now
    }
  }

  /** Whether there were some that this page has not asked for. */
  get excess(): boolean {
    return this.#inheritance.excess;
  }

  /** Ends those that this page has not asked for. */
  endExcess(client: Client): void {
    for (const { number } of this.#inheritance.takeExcess()) client.unsubscribe(this.#socket, number);
  }

  /** Takes out those that were claimed, each with the state that the page before saw it in. */
  takeClaimed(): [Subscription, string][] {
    return this.#inheritance.takeClaimed();
  }

  /** Asks for all of them, on a socket with another number. */
  reopen(client: Client): void {
    this.#inheritance.drop();
    for (const subscription of this.#all) subscription.open(client, this.#socket, this.#slowly);
  }

  snapshot(): SubscriptionSnapshot[] {
    const known = this.#all.filter(({ number, state }) => number !== 0 && state !== 'refused'); // those are asked for anew
    return known.map((it) => it.snapshot());
  }
}
