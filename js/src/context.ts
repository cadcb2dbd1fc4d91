/// <reference lib="esnext.disposable" preserve="true" />
import type { SocketType } from './attachment/sockettype.js';
import type { ConnectionOptions } from './connection/connection.js';
import type { CredentialsQuery } from './connection/login.js';
import { configure as configureEngine } from './engine/shared.js';
import type { Configuration } from './engine/source.js';
import { ZmqError } from './errors.js';
import { callable } from './language/callable.js';
import { Deferred } from './language/deferred.js';
import { describe } from './language/describe.js';
import { disposable } from './language/disposable.js';
import { Emitter } from './language/emitter.js';
import { Outcome } from './language/outcome.js';
import { proxied } from './language/proxied.js';
import { type WaitOptions, waitOf, within } from './language/wait.js';
import { Link } from './link/link.js';
import { SnapshotStore } from './link/snapshotstore.js';
import type { Stats } from './link/stats.js';
import type { Reset, Status } from './link/status.js';
import { bridgeURL } from './link/url.js';
import type { Hidden } from './link/visibility.js';
import { type CloseOptions, lingerOf } from './socket/farewell.js';
import { type Codecs, setCodecs } from './message/codec.js';
import type { Decode, Decoded } from './message/decode.js';
import { writeJSON } from './message/json.js';
import type { Message } from './message/message.js';
import type { OptionsOf, SocketOf } from './socket/offer.js';
import { Socket as ZmqSocket } from './socket/socket.js';
import type { Gap } from './socket/socketevents.js';
import { type SocketOptions, checkHidden, checkTime } from './socket/socketoptions.js';

/** A constructor that behaves like the browser's WebSocket. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => object;

export interface ContextOptions {
  /** What tells the bridge who the user is: any JSON value. */
  credentials?: unknown;
  /**
   * The same as a function, or one that returns a promise. It is called before each connection, and in time before what it
   * returned expires: then the bridge gets the new ones on the same connection, and no socket notices. It is asked again
   * when it throws, or has not answered within 30 s, but not after a ZmqError with the code "unauthenticated" or "denied", which ends the context.
   */
  getCredentials?: (query: CredentialsQuery) => unknown;
  /** A token. It is the same as the credentials { token }. */
  token?: string;
  /** The same as getCredentials, for a token. Only one of the four can be given. */
  getToken?: (query: CredentialsQuery) => string | Promise<string>;
  /** The WebSocket to use, where there is none (Node before 22) or another one is wanted. */
  WebSocket?: WebSocketConstructor;
  /** The bounds of the delay between attempts to connect, in milliseconds. The defaults are 100 and 5000. */
  minReconnectDelay?: number;
  maxReconnectDelay?: number;
  /** Which part of that delay is random, from 0 to 1, so that not all pages come at the same moment. The default is 0.5. */
  reconnectJitter?: number;
  /**
   * How often in a row it is tried again when there is no connection; 0 is never. After that the context is closed, with the
   * code of the last failure. The default is Infinity.
   */
  maxReconnectAttempts?: number;
  /** How many milliseconds a request, a connect or a ready waits unless it says otherwise. The default is 30,000. */
  requestTimeout?: number;
  /**
   * With 'refresh', a page that is loaded again goes on with the session of the page before. Its sockets take the place of
   * those that had the same type, identity, addresses and params, and lose nothing that the bridge still has. Requests that
   * were pending are canceled. Messages that the page before had received and not consumed are a gap. Sockets that are not
   * made again within 5 s are closed. While the page is loaded, the session is in sessionStorage, where every script of the
   * page's origin can read it. By default a page that is left ends its session.
   */
  resume?: 'refresh';
  /**
   * Lets all tabs of the page's origin share one connection, in a SharedWorker: one WebSocket, one session and one zmq.wasm for
   * all of them. It is shared by contexts that have the same URL of the bridge and the same user. A tab that goes away takes
   * only its own sockets with it. A URL is that of a copy of worker.mjs, which has to be of the page's own origin. Where it
   * cannot be, the status says why (fallback), and the context is as any other: also with resume or WebSocket.
   */
  shared?: boolean | string | URL;
  /** Runs the connection and zmq.wasm in a worker of this page, off its main thread. With shared, it is what is tried next. */
  worker?: boolean | string | URL;
  /**
   * Whose connection a shared one is, if the credentials do not say that because each tab has others. Without it, tabs share
   * a connection that have the same credentials.
   */
  user?: string;
  /**
   * What SUBs do while nobody sees the page, unless they say otherwise.
   *
   * - keep: they go on. It is the default.
   * - pause: the bridge lets go of them. When somebody sees the page again they get what they missed, as far as the bridge keeps
   *   a history, or the last values that it keeps, and otherwise report a gap.
   * - conflate: each subscription gets a message a second at most, the last one of each topic in turn.
   */
  hidden?: Hidden;
}

/** A gap, and the socket that it is on. */
export interface ContextGap extends Gap {
  readonly socket: ZmqSocket;
}

export interface ContextEvents {
  /** The status has changed. */
  status: [status: Status];
  /** After a cut the session goes on. Nothing was lost, and no socket has noticed. */
  resumed: [];
  /** After a cut the session does not go on. Sockets are opened again, and report what may be missing. */
  reset: [reset: Reset];
  /** Messages of a socket are missing. */
  gap: [gap: ContextGap];
}

/** What a Context is that is given no URL. */
interface Defaults extends ContextOptions {
  /** The bridge. By default it is /data on the host that the script came from. */
  url?: string | URL;
}

let defaults: Defaults = {};

/**
 * Says what holds for contexts that are given no URL, as those of zeromq.js's classes are: the bridge, and how it gets to know
 * the user. Says where zmq.wasm comes from, and what reads MessagePack and CBOR, too. It has to be called before the first Context is made.
 */
export function configure({ wasm, wasmURL, msgpack, cbor, ...changes }: Configuration & Codecs & Defaults): void {
  checkContextOptions({ ...defaults, ...changes });
  setCodecs({ ...(msgpack && { msgpack }), ...(cbor && { cbor }) });
  if (wasm !== undefined || wasmURL !== undefined) {
    configureEngine({ ...(wasm !== undefined && { wasm }), ...(wasmURL !== undefined && { wasmURL }) });
  }
  defaults = { ...defaults, ...changes };
}

/** Makes sockets. As in 2012 it is called with or without new. E is what the bridge offers, if the program knows that. */
export interface SocketFactory<E = unknown> {
  <T extends SocketType, D extends Decode>(type: T, options?: (OptionsOf<T> & { decode?: D | null }) | null): SocketOf<T, MessageOf<D>, E>;
  new <T extends SocketType, D extends Decode>(type: T, options?: (OptionsOf<T> & { decode?: D | null }) | null): SocketOf<T, MessageOf<D>, E>;
}

/** What a socket receives with an option decode; without one, nothing is known of that, and it is Decode. */
type MessageOf<D extends Decode> = [Decode] extends [D] ? Message : Decoded<D>;

/** The name that the bridge logs for this client. */
const agent = 'zmq-web-bridge js';

class ZmqContext<E = unknown> extends Emitter<ContextEvents> {
  readonly url: string;
  /** Makes a socket: context.Socket(zmq.REQ). */
  readonly Socket: SocketFactory<E>;
  readonly #link: Link;
  /** Closes the context: await using context = new zmq.Context(url). */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  /** Without a url, what configure has said holds. A relative one counts from the page. */
  constructor(url?: string | URL | null, given?: ContextOptions | null) {
    super();
    const options = given ?? (url === undefined || url === null ? defaults : {});
    checkContextOptions(options);
    this.url = bridgeURL(url ?? defaults.url);
    const link = new Link({
      url: this.url,
      WebSocket: webSocket(options.WebSocket),
      ...credentialsOf(options),
      minReconnectDelay: options.minReconnectDelay ?? 100,
      maxReconnectDelay: options.maxReconnectDelay ?? 5000,
      reconnectJitter: options.reconnectJitter ?? 0.5,
      maxReconnectAttempts: options.maxReconnectAttempts ?? Infinity,
      requestTimeout: options.requestTimeout ?? 30_000,
      hidden: options.hidden ?? 'keep',
      agent,
      status: (status) => this.#changed(status),
      reset: (reset) => this.emit('reset', reset),
      wish: options.shared || options.worker ? options : undefined,
      store: snapshotStore(options.resume, this.url),
    });
    this.#link = link;
    // It has to be a plain function, because it may be called with new.
    const context = this;
    this.Socket = function (type: SocketType, wanted?: SocketOptions<Decode> | null) {
      const socket = new ZmqSocket(link, type, wanted);
      return socket.on('gap', (gap) => context.emit('gap', { socket, ...gap }));
    } as unknown as SocketFactory<E>;
  }

  #changed(status: Status): void {
    this.emit('status', status);
    if (status.resumed) this.emit('resumed');
  }

  /** Where the connection to the bridge stands. Every change is a 'status' event. */
  status(): Status {
    return this.#link.status;
  }

  /**
   * Iterates over the status: as it is now, and then each time that it has changed, until the context is closed. If changes
   * come faster than the loop runs, it gets only the last one. When the signal is aborted, the loop ends with its reason.
   */
  async *watch(options?: { signal?: AbortSignal } | null): AsyncGenerator<Status, undefined> {
    const wait = waitOf(options, Infinity);
    for (let seen: Status | undefined; seen?.state !== 'closed'; ) {
      while (seen === this.status()) await this.#change(wait);
      yield (seen = this.status());
    }
    return undefined;
  }

  /** Waits until the status changes. */
  async #change(wait: WaitOptions): Promise<void> {
    const { promise, resolve } = new Deferred<unknown>();
    this.on('status', resolve);
    try {
      await within(promise, wait, () => '');
    } finally {
      this.off('status', resolve);
    }
  }

  /** In Node: lets the process end although the context is open. Elsewhere it has no effect. Returns the context. */
  unref(): this {
    this.#link.keep(false);
    return this;
  }

  /** In Node: takes back unref, so that the process runs until the context is closed. Returns the context. */
  ref(): this {
    this.#link.keep(true);
    return this;
  }

  /** What the context has done so far: messages, bytes, gaps, reconnects. */
  stats(): Stats {
    return this.#link.stats;
  }

  /**
   * Asks the bridge for a sign of life, and measures how many milliseconds it takes. Without a connection it waits for one. If
   * the answer takes more than 3 s, the connection is taken for dead, and another one is opened.
   */
  rtt(options?: WaitOptions | null): Promise<number> {
    return Outcome.of(this.#rtt(options), () => {}); // whoever does not look need not be told
  }

  async #rtt(options: WaitOptions | null | undefined): Promise<number> {
    const wait = waitOf(options, this.#link.options.requestTimeout);
    return within(this.#link.rtt, wait, () => 'the bridge did not answer in time');
  }

  /**
   * Fulfilled when the context is closed and all that it had to do is done: with undefined when the page has closed it, and
   * otherwise with the error that says why there will be no connection any more. It never rejects.
   */
  get ended(): Promise<ZmqError | undefined> {
    return this.#link.ended;
  }

  /** Waits until the bridge is connected. Rejects when it never will be, or when the time is over. */
  ready(options?: WaitOptions | null): Promise<void> {
    return Outcome.of(this.#ready(options), () => {}); // whoever does not look need not be told
  }

  async #ready(options: WaitOptions | null | undefined): Promise<void> {
    await within(this.#link.ready, waitOf(options, this.#link.options.requestTimeout), () => {
      const { reason } = this.#link.status;
      return `no connection to ${this.url} in time${reason === undefined ? '' : `: ${reason}`}`;
    });
  }

  /**
   * Lets every socket do what it has begun, as their drain does, and closes the context then. The promise is that of close. When
   * the time of the options is over (by default it is the requestTimeout), the context is closed all the same, and the promise
   * rejects with code "timeout". It may be ignored.
   */
  drain(options?: WaitOptions | null): Promise<number> {
    return Outcome.of(this.#drain(options), () => {});
  }

  async #drain(options: WaitOptions | null | undefined): Promise<number> {
    return this.#link.drain(waitOf(options, this.#link.options.requestTimeout), lingerOf(undefined).linger);
  }

  /**
   * Closes every socket and the connection. What was sent before still leaves, for a second or for as long as the options
   * say. When nothing waits to be sent, everything ends at once. The promise is fulfilled at the end, with the number of
   * messages that were not passed on, as far as anybody knows.
   */
  close(options?: CloseOptions | null): Promise<number> {
    const { linger, asked } = lingerOf(options);
    return this.#link.close(linger, asked);
  }
}

/** Where the credentials come from. */
function credentialsOf(options: ContextOptions): Pick<ConnectionOptions, 'credentials' | 'renewable'> {
  const { credentials, getCredentials, token, getToken } = options;
  if (getToken !== undefined) {
    return { credentials: async (query) => ({ token: checkToken(await getToken(query)) }), renewable: true };
  }
  if (getCredentials !== undefined) return { credentials: getCredentials, renewable: true };
  return { credentials: () => (token === undefined ? credentials : { token }), renewable: false };
}

function checkToken(token: unknown): string {
  if (typeof token === 'string' && token !== '') return token;
  throw new ZmqError('invalid', `a token is a string that is not empty, not ${describe(token)}`);
}

function snapshotStore(resume: ContextOptions['resume'], url: string): SnapshotStore | undefined {
  if (resume === undefined) return undefined;
  if (resume !== 'refresh') throw new ZmqError('invalid', `resume is "refresh" or nothing, not ${JSON.stringify(resume)}`);
  return new SnapshotStore(url);
}

/** Throws when a context cannot have these options. Later nobody could tell what was wrong. */
function checkContextOptions(options: ContextOptions): void {
  for (const name of ['requestTimeout', 'minReconnectDelay', 'maxReconnectDelay'] as const) checkTime(name, options[name]);
  checkHidden(options.hidden);
  const { credentials, getCredentials, token, getToken, reconnectJitter = 0, maxReconnectAttempts = 0 } = options;
  if (!(reconnectJitter >= 0 && reconnectJitter <= 1)) {
    throw new ZmqError('invalid', `reconnectJitter is a number from 0 to 1, not ${describe(reconnectJitter)}`);
  }
  if (!(maxReconnectAttempts >= 0)) {
    throw new ZmqError('invalid', `maxReconnectAttempts is a number, 0 or more, not ${describe(maxReconnectAttempts)}`);
  }
  for (const [name, given] of Object.entries({ getCredentials, getToken })) {
    if (given !== undefined && typeof given !== 'function') throw new ZmqError('invalid', `${name} is a function, not ${describe(given)}`);
  }
  if (token !== undefined) checkToken(token);
  if ([credentials, getCredentials, token, getToken].filter((given) => given !== undefined).length > 1) {
    throw new ZmqError('invalid', 'credentials, getCredentials, token or getToken: only one');
  }
  if (typeof credentials === 'function') {
    throw new ZmqError('invalid', 'credentials are a JSON value; a function is getCredentials');
  }
  writeJSON(credentials, 'credentials');
}

function webSocket(given: WebSocketConstructor | undefined): typeof WebSocket {
  const constructor = given ?? globalThis.WebSocket;
  if (given !== undefined && typeof given !== 'function') {
    throw new ZmqError('invalid', `WebSocket is a constructor, not ${describe(given)}`);
  }
  if (constructor === undefined) throw new ZmqError('unsupported', 'there is no WebSocket here: pass { WebSocket }');
  return constructor as unknown as typeof WebSocket;
}

disposable(ZmqContext);
proxied(ZmqContext, 'Context');

interface ContextConstructor {
  new <E = unknown>(url?: string | URL | null, options?: ContextOptions | null): ZmqContext<E>;
  <E = unknown>(url?: string | URL | null, options?: ContextOptions | null): ZmqContext<E>;
  readonly prototype: ZmqContext;
}

/**
 * A connection to a bridge, which makes sockets. It is made with new zmq.Context(url), or without new. With an interface that
 * says what the bridge offers, an EndpointType by each name, new zmq.Context<Endpoints>(url) completes names and topics, and a
 * name that there is not does not compile.
 */
export const Context = callable(ZmqContext) as ContextConstructor;
export type Context<E = unknown> = ZmqContext<E>;
