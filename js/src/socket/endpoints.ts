import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';
import { type Position, parsePosition } from '../message/position.js';
import type { Link } from '../connection/link.js';

import { type Asked, type EndpointSnapshot, sameEndpoint } from '../connection/snapshot.js';
import { Standing, type Standings } from './standing.js';
import { SUB, type SocketType, XSUB, typeName } from './sockettype.js';

/** One connect or bind of a socket. */
export class Endpoint extends Standing implements Asked {
  readonly address: string;
  readonly bind: boolean;
  params: string | undefined;
  since: { offset: number; epoch: string } | undefined;

  constructor(type: SocketType, address: string, bind: boolean, timeout: number) {
    super(`${typeName(type)} ${address}`, timeout);
    this.address = address;
    this.bind = bind;
  }

  open(client: Client, socket: number): void {
    const { address, params, since } = this;
    if (this.bind) this.number = client.bind(socket, address, params);
    else if (since === undefined) this.number = client.connect(socket, address, params);
    else this.number = client.connectSince(socket, address, params, since.offset, since.epoch);
  }
}

/** The endpoints of a socket. */
export class Endpoints {
  readonly #link: Link;
  readonly #standings: Standings;
  readonly #type: SocketType;
  readonly #timeout: number;
  readonly #refused: (endpoint: Endpoint, why: ZmqError) => void;
  readonly #first: (client: Client, endpoint: Endpoint) => void;
  readonly #all: Endpoint[] = [];
  #inherited: EndpointSnapshot[] = [];
  #claimed: [Endpoint, string][] = [];
  #socket = 0;

  /** first is told of the first endpoint before it is opened. */
  constructor(
    link: Link,
    standings: Standings,
    type: SocketType,
    timeout: number,
    refused: (endpoint: Endpoint, why: ZmqError) => void,
    first: (client: Client, endpoint: Endpoint) => void,
  ) {
    this.#link = link;
    this.#standings = standings;
    this.#type = type;
    this.#timeout = timeout;
    this.#refused = refused;
    this.#first = first;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  get none(): boolean {
    return this.#all.length === 0;
  }

  /** The endpoint with this address; without one, the first. */
  at(address: string | undefined): Endpoint | undefined {
    return address === undefined ? this.#all[0] : this.#all.find((it) => it.address === address);
  }

  add(address: string, params: object | undefined, bind: boolean, since: Position | undefined): Endpoint {
    const endpoint = new Endpoint(this.#type, address, bind, this.#timeout);
    this.#all.push(endpoint);
    this.#standings.add(endpoint);
    const fail = (thrown: unknown): void => this.#refused(endpoint, ZmqError.from(thrown, 'invalid'));
    try {
      endpoint.params = params === undefined ? undefined : JSON.stringify(params);
      endpoint.since = since === undefined ? undefined : this.#placeOf(since);
    } catch (thrown) {
      fail(thrown);
      return endpoint;
    }
    this.#link.run({ run: (client) => this.#open(client, endpoint), fail });
    return endpoint;
  }

  #open(client: Client, endpoint: Endpoint): void {
    if (endpoint === this.#all[0]) this.#first(client, endpoint);
    if (!this.#claim(endpoint)) endpoint.open(client, this.#socket);
  }

  // Those of the page before.

  inherit(inherited: readonly EndpointSnapshot[]): void {
    this.#inherited = [...inherited];
  }

  /** Whether there are some that this page has not connected to. */
  get excess(): boolean {
    return this.#inherited.length > 0;
  }

  /** Takes an endpoint for one of them, if it is the same. */
  #claim(endpoint: Endpoint): boolean {
    const at = this.#inherited.findIndex((it) => sameEndpoint(it, endpoint));
    if (at < 0) return false;
    const [{ number, state }] = this.#inherited.splice(at, 1) as [EndpointSnapshot];
    endpoint.number = number;
    this.#claimed.push([endpoint, state]);
    return true;
  }

  /** Those that were claimed, and how they stood, once. */
  claimed(): [Endpoint, string][] {
    return this.#claimed.splice(0);
  }

  /** Opens all anew, on a socket with another number. */
  reopen(client: Client): void {
    this.#inherited = [];
    this.#claimed = [];
    for (const endpoint of this.#all) endpoint.open(client, this.#socket);
  }

  snapshot(placeOf: (endpoint: number) => object): EndpointSnapshot[] {
    const known = this.#all.filter(({ number, state }) => number !== 0 && state !== 'refused'); // it is asked for anew
    return known.map((endpoint) => {
      const { number, address, params, bind, state } = endpoint;
      return { number, address, params, bind, state, ...placeOf(number) };
    });
  }

  #placeOf(since: Position): { offset: number; epoch: string } {
    if (this.#type !== SUB && this.#type !== XSUB) {
      throw new ZmqError('invalid', `since is for subscriptions, which a ${typeName(this.#type)} socket has none of`);
    }
    return parsePosition(since);
  }

  find(number: number): Endpoint | undefined {
    return this.#all.find((it) => it.number === number);
  }
}
