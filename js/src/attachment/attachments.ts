// The room "attachment" is what a socket is attached to: its endpoints and its subscriptions, and how each of them stands. It
// sends and receives nothing. It imports link, engine, message, language and errors.ts; the room "socket" and
// context.ts import it.
import { EventKind } from '../engine/abi.js';
import type { Client } from '../engine/client.js';
import type { EngineEvent } from '../engine/event.js';
import { ZmqError, errorOf } from '../errors.js';
import { type WaitOptions, waitOf } from '../language/wait.js';
import type { Link } from '../link/link.js';
import type { Asked, SocketSnapshot } from '../link/snapshot.js';
import type { MessageLike } from '../message/message.js';
import type { Position } from '../message/position.js';
import type { Endpoint } from './endpoint.js';
import { Endpoints } from './endpoints.js';
import { type SubscribeOptions, checkSubscribeOptions, isSubscribeOptions } from './overflow.js';
import { SUB, type SocketType } from './sockettype.js';
import type { Standing } from './standing.js';
import { Standings } from './standings.js';
import { Subscriptions } from './subscriptions.js';

/** Whoever is told how a socket is attached. */
interface AttachmentOwner {
  /** The backend at this address is there. */
  up(address: string): void;
  /** The backend at this address is not there. */
  down(address: string, why: ZmqError): void;
  /** An endpoint or a subscription was refused. */
  refused(why: ZmqError): void;
  /** The first endpoint is about to be opened. */
  first(client: Client, asked: Asked): void;
}

/** What a socket is attached to: its endpoints, its subscriptions, and how they stand with the bridge. */
export class Attachments {
  readonly #type: SocketType;
  readonly #timeout: number;
  readonly #owner: AttachmentOwner;
  readonly #standings = new Standings();
  readonly #endpoints: Endpoints;
  readonly #subscriptions: Subscriptions;
  #ended: ZmqError | undefined;
  /** Whether the bridge is not asked for any of it for the time being. */
  #paused = false;
  /** Endpoints that are live again, of which the owner is told when the subscriptions are too. */
  readonly #risen = new Set<Endpoint>();
  /** Of the endpoint that was opened last. */
  lastEndpoint: string | undefined;

  /** defaults are what its subscriptions have unless they say otherwise. */
  constructor(link: Link, type: SocketType, defaults: SubscribeOptions, timeout: number, owner: AttachmentOwner) {
    this.#type = type;
    this.#timeout = timeout;
    this.#owner = owner;
    const refused = (what: Standing, why: ZmqError): void => this.#refused(what, why);
    const first = (client: Client, endpoint: Endpoint): void => owner.first(client, endpoint);
    this.#endpoints = new Endpoints(link, this.#standings, type, refused, first);
    this.#subscriptions = new Subscriptions(link, this.#standings, defaults, timeout, refused);
  }

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#endpoints.open(socket);
    this.#subscriptions.open(socket);
  }

  connect(
    address: string,
    params: object | null | undefined,
    bind: boolean,
    since: Position | null | undefined,
    timeout = this.#timeout,
  ): Promise<void> {
    const { answer, state } = this.#endpoints.add(address, params, bind, since, timeout);
    if (this.#type === SUB) this.#subscriptions.connected();
    return state === 'live' || this.#paused ? Promise.resolve() : answer; // it was there, and may have been down at first
  }

  /** The page reads as it did in 2012. */
  asIn2012(): void {
    if (this.#type === SUB) this.#subscriptions.asIn2012();
  }

  /** Takes an endpoint away. Fulfilled when the bridge has let go of it. */
  disconnect(address: string, bind: boolean): Promise<void> {
    return this.#endpoints.remove(address, bind);
  }

  /** Takes all endpoints away. Fulfilled when the bridge has let go of them, or is too old for that. */
  async detachAll(): Promise<void> {
    await Promise.allSettled(this.#endpoints.all.map(({ address, bind }) => this.disconnect(address, bind)));
  }

  /** The number of the endpoint with this address; without an address, that of the first one. */
  endpoint(address: string | undefined): number | undefined {
    return this.#endpoints.at(address)?.number;
  }

  /** Waits until everything is live. */
  async ready(options: WaitOptions): Promise<void> {
    await undefined; // what the code that is running now goes on to connect and subscribe counts too
    const wait = waitOf(options, this.#timeout);
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#endpoints.none) throw new ZmqError('invalid', 'the socket is connected to nothing');
    return this.#standings.wait(wait);
  }

  /** Adds prefixes. Options may follow them. */
  async subscribe(given: readonly unknown[]): Promise<void> {
    const last = given[given.length - 1];
    const options = isSubscribeOptions(last) ? last : {};
    checkSubscribeOptions(options);
    const prefixes = prefixesOf(options === last ? given.slice(0, -1) : given);
    if (this.#ended !== undefined) throw this.#ended;
    const added = this.#subscriptions.add(prefixes, options);
    if (this.#endpoints.none) await undefined; // the code that is running now may go on to connect
    if (this.#endpoints.none || this.#paused) return; // there is nobody to answer yet; ready waits for what is connected later
    await Promise.all(added.map((it) => it.answer));
  }

  unsubscribe(prefixes: readonly unknown[]): void {
    this.#subscriptions.remove(prefixesOf(prefixes));
    this.#announce();
  }

  // What happens to them.

  happened(event: EngineEvent): void {
    if (event.kind === EventKind.Subscribed || event.kind === EventKind.Unsubscribed) this.#subscriptionChanged(event);
    else this.#endpointChanged(event);
  }

  #subscriptionChanged(event: EngineEvent): void {
    const subscription = this.#subscriptions.find(event.id);
    if (subscription === undefined) return; // the page has taken it back meanwhile
    if (event.kind === EventKind.Subscribed) this.#standings.live(subscription);
    else this.#refused(subscription, errorOf(event));
    this.#announce();
  }

  #endpointChanged(event: EngineEvent): void {
    if (event.kind === EventKind.Disconnected) return this.#endpoints.released(event.id);
    const endpoint = this.#endpoints.find(event.id);
    if (endpoint === undefined) return;
    if (event.kind === EventKind.Refused) this.#refused(endpoint, errorOf(event));
    else if (event.kind === EventKind.Down) this.#down(endpoint, errorOf(event));
    else {
      if (event.kind === EventKind.Opened) this.lastEndpoint = event.text || endpoint.address;
      this.#up(endpoint);
    }
  }

  #up(endpoint: Endpoint): void {
    this.#standings.live(endpoint);
    this.#risen.add(endpoint);
    this.#announce();
  }

  /**
   * Tells the owner of the endpoints that are live, once no subscription waits for the bridge any more. While another
   * endpoint is down, they wait for that one, and say nothing about these.
   */
  #announce(): void {
    if (this.#subscriptions.pending && !this.#endpoints.someDown) return;
    const risen = [...this.#risen];
    this.#risen.clear();
    for (const { address } of risen) this.#owner.up(address);
  }

  #down(endpoint: Endpoint, why: ZmqError): void {
    this.#risen.delete(endpoint);
    this.#standings.failed(endpoint, 'down', why);
    this.#owner.down(endpoint.address, why);
    this.#announce();
  }

  #refused(what: Standing, why: ZmqError): void {
    this.#standings.failed(what, 'refused', why);
    this.#owner.refused(why);
  }

  /** The session was lost, and the bridge knows nothing any more: everything is asked for again. */
  interrupted(): void {
    this.#risen.clear();
    this.#subscriptions.interrupted();
    this.#endpoints.releasedAll();
    this.#standings.interrupted();
  }

  /** The bridge has let go of all of it, until it is asked again. */
  paused(): void {
    this.#paused = true;
    this.interrupted();
  }

  /** The bridge is asked again. */
  unpaused(): void {
    this.#paused = false;
  }

  /** Has the subscriptions come slowly, or as fast as the page has asked for. */
  pace(client: Client, slowly: boolean): void {
    this.#subscriptions.pace(client, slowly);
  }

  ended(why: ZmqError): void {
    this.#ended = why;
    this.#endpoints.releasedAll();
    this.#standings.ended(why);
  }

  // The page before, and the one after.

  /** This is what the socket of the page before was attached to. */
  inherit(client: Client, { endpoints, subscriptions }: SocketSnapshot): void {
    this.#endpoints.inherit(endpoints);
    this.#subscriptions.inherit(client, subscriptions);
  }

  /** Whether there were endpoints that this page has not asked for. */
  get excessEndpoints(): boolean {
    return this.#endpoints.excess;
  }

  /** Whether there were subscriptions that this page has not asked for. */
  get excessSubscriptions(): boolean {
    return this.#subscriptions.excess;
  }

  /**
   * The page has asked for all that it wants of what the page before had. That stands as it stood before, and the other
   * subscriptions end.
   */
  settle(client: Client): void {
    this.#subscriptions.endExcess(client);
    for (const [subscription, state] of this.#subscriptions.takeClaimed()) {
      if (state === 'live') this.#standings.live(subscription);
    }
    for (const [endpoint, state] of this.#endpoints.takeClaimed()) {
      if (state === 'live') this.#up(endpoint);
      else if (state === 'down') this.#down(endpoint, new ZmqError('unavailable', 'the backend is not there'));
    }
  }

  /** Asks for all of it, on a socket with another number. */
  reopen(client: Client): void {
    this.#endpoints.reopen(client);
    this.#subscriptions.reopen(client);
  }

  /** The prefixes that the socket is subscribed to. */
  get prefixes(): Uint8Array[] {
    return this.#subscriptions.prefixes;
  }

  snapshot(placeOf: (endpoint: number) => object): Pick<SocketSnapshot, 'endpoints' | 'subscriptions'> {
    return { endpoints: this.#endpoints.snapshot(placeOf), subscriptions: this.#subscriptions.snapshot() };
  }
}

/** The prefixes that were given one by one, in a list, or both. */
function prefixesOf(given: readonly unknown[]): MessageLike[] {
  return given.flat() as MessageLike[];
}
