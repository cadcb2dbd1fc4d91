import type { Client } from './engine/client.js';
import { ZmqError } from './errors.js';
import type { Link } from './link.js';
import { Standing, type Standings } from './standing.js';
import { type SocketType, typeName } from './sockettype.js';

/** One connect or bind of a socket. */
export class Endpoint extends Standing {
  readonly address: string;

  constructor(type: SocketType, address: string, timeout: number) {
    super(`${typeName(type)} ${address}`, timeout);
    this.address = address;
  }
}

/** The endpoints of a socket. */
export class Endpoints {
  readonly #link: Link;
  readonly #standings: Standings;
  readonly #type: SocketType;
  readonly #timeout: number;
  readonly #refused: (endpoint: Endpoint, why: ZmqError) => void;
  readonly #all: Endpoint[] = [];
  #socket = 0;

  constructor(
    link: Link,
    standings: Standings,
    type: SocketType,
    timeout: number,
    refused: (endpoint: Endpoint, why: ZmqError) => void,
  ) {
    this.#link = link;
    this.#standings = standings;
    this.#type = type;
    this.#timeout = timeout;
    this.#refused = refused;
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  get none(): boolean {
    return this.#all.length === 0;
  }

  add(address: string, params: object | undefined, bind: boolean): Endpoint {
    const endpoint = new Endpoint(this.#type, address, this.#timeout);
    this.#all.push(endpoint);
    this.#standings.add(endpoint);
    const fail = (thrown: unknown): void => this.#refused(endpoint, ZmqError.from(thrown, 'invalid'));
    try {
      const json = params === undefined ? undefined : JSON.stringify(params);
      const open = (client: Client): number =>
        bind ? client.bind(this.#socket, address, json) : client.connect(this.#socket, address, json);
      this.#link.run({ run: (client) => void (endpoint.number = open(client)), fail });
    } catch (thrown) {
      fail(thrown);
    }
    return endpoint;
  }

  find(number: number): Endpoint | undefined {
    return this.#all.find((it) => it.number === number);
  }
}
