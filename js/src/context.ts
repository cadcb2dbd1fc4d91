import { Link } from './connection/link.js';
import { SnapshotStore } from './connection/snapshotstore.js';
import type { Reset, Status } from './connection/status.js';
import { bridgeURL } from './connection/url.js';
import { ZmqError } from './errors.js';
import { callable } from './language/callable.js';
import { disposable } from './language/disposable.js';
import { Emitter } from './language/emitter.js';
import { type WaitOptions, within } from './language/wait.js';
import { Socket as ZmqSocket } from './socket/socket.js';
import type { Gap } from './socket/socketevents.js';
import type { SocketOptions } from './socket/socketoptions.js';
import type { SocketType } from './socket/sockettype.js';

/** A constructor that behaves like the browser's WebSocket. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => object;

export interface ContextOptions {
  /** Who the user is, for the bridge: any JSON value. */
  credentials?: unknown;
  /** Instead: asked before each connection. */
  getCredentials?: () => unknown;
  /** WebSocket implementation, where there is none (Node before 22) or another is wanted. */
  WebSocket?: WebSocketConstructor;
  /** Bounds of the delay between attempts to connect, in milliseconds; default 100 and 5000. */
  minReconnectDelay?: number;
  maxReconnectDelay?: number;
  /** Milliseconds a request, a connect or a ready waits unless it says otherwise; default 30,000. */
  requestTimeout?: number;
  /**
   * 'refresh': a page that is loaded again goes on with the session of the one before, where its sockets have the same
   * type, identity, addresses and params: nothing that the bridge still has is lost. Requests that were pending are
   * canceled, what the page before had and did not consume is a gap. Sockets that are not made again within 5 s are
   * closed. Meanwhile the session is in sessionStorage, where every script of the page's origin can read it. Default: a
   * page that is left ends its session.
   */
  resume?: 'refresh';
}

/** A gap, and the socket that has it. */
export interface ContextGap extends Gap {
  readonly socket: ZmqSocket;
}

export interface ContextEvents {
  /** The state has changed. */
  status: [status: Status];
  /** After a cut the session goes on: no socket has noticed, nothing was lost. */
  resumed: [];
  /** After a cut it does not: sockets are opened again, and report what may be missing. */
  reset: [reset: Reset];
  /** A socket has a gap. */
  gap: [gap: ContextGap];
}

/** Makes sockets; with or without new, as ever. */
export interface SocketFactory {
  (type: SocketType, options?: SocketOptions): ZmqSocket;
  new (type: SocketType, options?: SocketOptions): ZmqSocket;
}

const agent = 'zmq-web-bridge js';

class ZmqContext extends Emitter<ContextEvents> {
  readonly url: string;
  /** Makes a socket: context.Socket(zmq.REQ). */
  readonly Socket: SocketFactory;
  readonly #link: Link;

  /** url defaults to /data on the host this script came from; a relative one counts from the page. */
  constructor(url?: string | URL, options: ContextOptions = {}) {
    super();
    this.url = bridgeURL(url);
    const { credentials, getCredentials = () => credentials } = options;
    const link = new Link({
      url: this.url,
      WebSocket: webSocket(options.WebSocket),
      credentials: getCredentials,
      minReconnectDelay: options.minReconnectDelay ?? 100,
      maxReconnectDelay: options.maxReconnectDelay ?? 5000,
      requestTimeout: options.requestTimeout ?? 30_000,
      agent,
      status: (status) => this.#changed(status),
      reset: (reset) => this.emit('reset', reset),
      store: snapshotStore(options.resume, this.url),
    });
    this.#link = link;
    // A plain function, as ever: it may be called with new.
    const context = this;
    this.Socket = function (type: SocketType, given?: SocketOptions) {
      const socket = new ZmqSocket(link, type, given);
      return socket.on('gap', (gap) => context.emit('gap', { socket, ...gap }));
    } as unknown as SocketFactory;
  }

  #changed(status: Status): void {
    this.emit('status', status);
    if (status.resumed) this.emit('resumed');
  }

  /** Where the connection stands. Changes are 'status' events. */
  status(): Status {
    return this.#link.status;
  }

  /** Waits until the bridge is connected. Rejects when it never will be. */
  ready(options: WaitOptions = {}): Promise<void> {
    const timeout = this.#link.options.requestTimeout;
    return within(this.#link.ready, { timeout, ...options }, () => {
      const { reason } = this.#link.status;
      return `no connection to ${this.url} in time${reason === undefined ? '' : `: ${reason}`}`;
    });
  }

  /** Closes every socket and the connection, when what was sent before is on its way. */
  close(): Promise<void> {
    this.#link.close();
    return Promise.resolve();
  }
}

function snapshotStore(resume: ContextOptions['resume'], url: string): SnapshotStore | undefined {
  if (resume === undefined) return undefined;
  if (resume !== 'refresh') throw new ZmqError('invalid', `resume is "refresh" or nothing, not ${JSON.stringify(resume)}`);
  return new SnapshotStore(url);
}

function webSocket(given: WebSocketConstructor | undefined): typeof WebSocket {
  const constructor = given ?? globalThis.WebSocket;
  if (constructor === undefined) throw new ZmqError('unsupported', 'there is no WebSocket here: pass { WebSocket }');
  return constructor as unknown as typeof WebSocket;
}

disposable(ZmqContext);

/** A connection to a bridge, and the maker of its sockets: new zmq.Context(url), or without new. */
export const Context = callable(ZmqContext);
export type Context = ZmqContext;
