import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';
import { describe } from '../language/describe.js';
import type { Link } from '../link/link.js';
import { type EndpointSnapshot, sameEndpoint } from '../link/snapshot.js';
import { type Position, parsePosition } from '../message/position.js';
import { Endpoint } from './endpoint.js';
import { Inheritance } from './inheritance.js';
import { SUB, type SocketType, XSUB, connectsOnce, typeName } from './sockettype.js';
import type { Standings } from './standings.js';

/** The endpoints of a socket. */
export class Endpoints {
  readonly #link: Link;
  readonly #standings: Standings;
  readonly #type: SocketType;
  readonly #refused: (endpoint: Endpoint, why: ZmqError) => void;
  readonly #first: (client: Client, endpoint: Endpoint) => void;
  readonly #all: Endpoint[] = [];
  /** Those that were taken away, and that the bridge has yet to let go of: what to call then, by number. */
  readonly #leaving = new Map<number, () => void>();
  readonly #inheritance = new Inheritance<Endpoint, EndpointSnapshot>();
  #socket = 0;

  /** refused is told of every endpoint that cannot be, and first of the first endpoint before it is opened. */
  constructor(
    link: Link,
    standings: Standings,
    type: SocketType,
    refused: (endpoint: Endpoint, why: ZmqError) => void,
    first: (client: Client, endpoint: Endpoint) => void,
  ) {
    this.#link = link;
    this.#standings = standings;
    this.#type = type;
    this.#refused = refused;
    this.#first = first;
  }

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  get all(): readonly Endpoint[] {
    return [...this.#all];
  }

  get none(): boolean {
    return this.#all.length === 0;
  }

  /** Whether the backend of one of them is away. */
  get someDown(): boolean {
    return this.#all.some(({ state }) => state === 'down');
  }

  /** The endpoint with this address; without an address, the first one. */
  at(address: string | undefined): Endpoint | undefined {
    return address === undefined ? this.#all[0] : this.#all.find((it) => it.address === address);
  }

  find(number: number): Endpoint | undefined {
    return this.#all.find((it) => it.number === number);
  }

  /**
   * Adds an endpoint. As in libzmq, a socket of some types connects to an address once, and to connect to it again changes
   * nothing.
   */
  add(
    address: string,
    params: object | null | undefined,
    bind: boolean,
    since: Position | null | undefined,
    timeout: number,
  ): Endpoint {
    const isText = typeof address === 'string';
    if (isText && !bind && (since === undefined || since === null) && connectsOnce(this.#type)) {
      const first = this.#connected(address, params);
      if (first !== undefined) return first;
    }
    const endpoint = new Endpoint(this.#type, isText ? address : describe(address), bind, timeout);
    this.#all.push(endpoint);
    this.#standings.add(endpoint);
    const fail = (thrown: unknown): void => this.#refused(endpoint, ZmqError.from(thrown, 'invalid'));
    try {
      if (!isText) throw new ZmqError('invalid', `an address is text like tcp://host:1, not ${describe(address)}`);
      endpoint.params = paramsText(params);
      endpoint.since = since === undefined || since === null ? undefined : this.#placeOf(since);
    } catch (thrown) {
      fail(thrown);
      return endpoint;
    }
    this.#link.run({ run: (client) => this.#open(client, endpoint), fail });
    return endpoint;
  }

  #connected(address: string, params: object | null | undefined): Endpoint | undefined {
    try {
      const json = paramsText(params);
      return this.#all.find((it) => it.address === address && it.params === json && !it.bind && it.state !== 'refused');
    } catch {
      return undefined; // such params are refused where the endpoint is added
    }
  }

  #placeOf(since: Position): { offset: number; epoch: string } {
    if (this.#type !== SUB && this.#type !== XSUB) {
      throw new ZmqError('invalid', `since is for subscriptions, which a ${typeName(this.#type)} socket has none of`);
    }
    return parsePosition(since);
  }

  #open(client: Client, endpoint: Endpoint): void {
    if (endpoint === this.#all[0]) this.#first(client, endpoint);
    if (this.#inheritance.claim(endpoint, (left) => sameEndpoint(left, endpoint))) return;
    endpoint.open(client, this.#socket);
  }

  /** Takes an endpoint away. Fulfilled when the bridge has let go of it. */
  remove(address: string, bind: boolean): Promise<void> {
    const endpoint = this.#all.find((it) => it.address === address && it.bind === bind);
    if (endpoint === undefined) {
      const what = `a ${typeName(this.#type)} that is not ${bind ? 'bound' : 'connected'} to ${address}`;
      return Promise.reject(new ZmqError('invalid', what));
    }
    return new Promise((resolve, reject) => {
      this.#link.run({ run: (client) => this.#detach(client, endpoint, resolve), fail: reject });
    });
  }

  #detach(client: Client, endpoint: Endpoint, released: () => void): void {
    const waits = endpoint.number !== 0 && client.disconnect(this.#socket, endpoint.number);
    this.#all.splice(this.#all.indexOf(endpoint), 1);
    this.#standings.remove(endpoint);
    endpoint.became('refused', new ZmqError('closed', `${endpoint.name} was disconnected`)); // for who waits for its answer
    if (waits) this.#leaving.set(endpoint.number, released);
    else released();
  }

  /** The bridge has let go of an endpoint. */
  released(number: number): void {
    this.#leaving.get(number)?.();
    this.#leaving.delete(number);
  }

  /** The bridge has nothing of this socket any more. */
  releasedAll(): void {
    for (const released of this.#leaving.values()) released();
    this.#leaving.clear();
  }

  // The page before, and the one after.

  /** These are what the socket of the page before had. */
  inherit(left: readonly EndpointSnapshot[]): void {
    this.#inheritance.receive(left);
  }

  /** Whether there were some that this page has not asked for. */
  get excess(): boolean {
    return this.#inheritance.excess;
  }

  /** Takes out those that were claimed, each with the state that the page before saw it in. */
  takeClaimed(): [Endpoint, string][] {
    return this.#inheritance.takeClaimed();
  }

  /** Opens all of them, on a socket with another number. */
  reopen(client: Client): void {
    this.#inheritance.drop();
    for (const endpoint of this.#all) endpoint.open(client, this.#socket);
  }

  snapshot(placeOf: (endpoint: number) => object): EndpointSnapshot[] {
    const known = this.#all.filter(({ number, state }) => number !== 0 && state !== 'refused'); // those are asked for anew
    return known.map((endpoint) => {
      const { number, address, params, bind, state } = endpoint;
      return { number, address, params, bind, state, ...placeOf(number) };
    });
  }
}

/** The params of a connect as JSON text, which has to be an object. undefined and null are no params. */
function paramsText(params: object | null | undefined): string | undefined {
  const text: string | undefined = JSON.stringify(params);
  if (text === undefined || text === 'null') return undefined;
  if (!text.startsWith('{')) throw new ZmqError('invalid', `params are an object, not ${describe(params)}`);
  return text;
}
