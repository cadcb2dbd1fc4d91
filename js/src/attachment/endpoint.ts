import type { Client } from '../engine/client.js';
import type { Asked } from '../link/snapshot.js';
import { type SocketType, typeName } from './sockettype.js';
import { Standing } from './standing.js';

/** One connect or bind of a socket. */
export class Endpoint extends Standing implements Asked {
  readonly address: string;
  readonly bind: boolean;
  /** JSON text. */
  params: string | undefined;
  /** Where the page was in the history of the endpoint, if it said so. */
  since: { offset: number; epoch: string } | undefined;

  constructor(type: SocketType, address: string, bind: boolean, timeout: number) {
    super(`${typeName(type)} ${address}`, timeout);
    this.address = address;
    this.bind = bind;
  }

  /** Asks the bridge for it, on the socket with this number. */
  open(client: Client, socket: number): void {
    const { address, params, since } = this;
    if (this.bind) this.number = client.bind(socket, address, params);
    else if (since === undefined) this.number = client.connect(socket, address, params);
    else this.number = client.connectSince(socket, address, params, since.offset, since.epoch);
  }
}
