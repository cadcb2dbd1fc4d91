import {
  type Context as Bridge,
  Context as BridgeContext,
  type SocketOptions as BridgeOptions,
  DEALER,
  PAIR,
  PUSH,
  REP,
  REQ,
  type SocketType,
} from '../index.js';
import { Channel, type ChannelOwner } from './channel.js';
import { Context, Tenancy, context as standard } from './context.js';
import { ErrnoError, unsupported } from './errno.js';
import { Flow, QueuedFlow } from './flow.js';
import { type Event, Observer } from './observer.js';
import { Settings, assign, defineOptions, definitionsOf, socketOptions } from './options.js';
import { ReplyFlow, RequestFlow } from './reqrep.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The names of the properties that can be set and are no methods. */
type Settable<S> = {
  [K in keyof S]-?: S[K] extends (...args: never[]) => unknown
    ? never
    : Same<{ [P in K]: S[K] }, { -readonly [P in K]: S[K] }> extends true
      ? K
      : never;
}[keyof S];

/** What the constructor of a class takes: every option that its sockets have, and their context. */
export type SocketOptions<S extends Socket> = { [K in Settable<S>]?: S[K] } & { context?: Context | Bridge };

/** The numbers of the types that libzmq has and a bridge has not: STREAM. Those above it are drafts. */
const stream = 11;

/** Tells the page of what happens to a socket. Nothing of it refers to the socket, so that this can be gone before its end. */
class Station implements ChannelOwner {
  observer: Observer | undefined;
  flow: Flow | undefined;

  happened(event: Event): void {
    this.observer?.tell(event);
  }

  changed(): void {
    this.flow?.changed();
  }
}

/** What is the same for the sockets of all types. */
export abstract class Socket {
  /** The Context that it belongs to. */
  readonly context: Context | Bridge;
  /** @internal */
  readonly settings: Settings;
  /** @internal */
  readonly channel: Channel;
  /** @internal */
  readonly flow: Flow;
  readonly #station = new Station();
  readonly #gone: () => void;
  #binding = false;
  #closing = false;
  #closed = false;

  /** Kept, without effect. */
  declare affinity: number;
  /** Kept, without effect. */
  declare rate: number;
  /** Kept, without effect. */
  declare recoveryInterval: number;
  /** How many milliseconds what was sent has to leave after close; -1, the default, is as long as it takes. */
  declare linger: number;
  /** Kept, without effect. */
  declare backlog: number;
  /** Larger messages are not received; -1 is no limit. */
  declare maxMessageSize: number;
  /** A bridge hands messages only to backends that are there, as if this were set. */
  declare immediate: boolean;
  /** Kept, without effect: the bridge reaches IPv6 anyway. */
  declare ipv6: boolean;
  /** Kept, without effect, as the others of TCP: the bridge keeps its connections up, and knows best how. In milliseconds. */
  declare heartbeatInterval: number;
  /** Kept, without effect. In milliseconds. */
  declare heartbeatTimeToLive: number;
  /** Kept, without effect. In milliseconds. */
  declare heartbeatTimeout: number;
  /** Kept, without effect: the bridge connects again with delays of its own. In milliseconds; -1, which is never, is refused. */
  declare reconnectInterval: number;
  /** Kept, without effect. In milliseconds. */
  declare reconnectMaxInterval: number;
  /** Kept, without effect. In milliseconds. */
  declare connectTimeout: number;
  /** Kept, without effect. In milliseconds. */
  declare handshakeInterval: number;
  /** Kept, without effect. */
  declare tcpKeepalive: number;
  /** Kept, without effect. */
  declare tcpKeepaliveCount: number;
  /** Kept, without effect. In seconds. */
  declare tcpKeepaliveIdle: number;
  /** Kept, without effect. In seconds. */
  declare tcpKeepaliveInterval: number;
  /** Kept, without effect. In milliseconds. */
  declare tcpMaxRetransmitTimeout: number;
  /** Kept, without effect. */
  declare typeOfService: number;
  declare readonly securityMechanism: null | 'plain' | 'curve' | 'gssapi';
  declare readonly threadSafe: boolean;

  protected constructor(type: SocketType, options?: object);
  protected constructor(type: SocketType, options?: { context?: unknown }, ...more: unknown[]) {
    if (typeof type !== 'number') throw new TypeError('Socket type must be a number');
    if (options !== undefined && (typeof options !== 'object' || options === null)) throw new TypeError('Options must be an object');
    if (more.length > 0) throw new TypeError('Expected 2 arguments');
    if ((type as number) === stream) throw unsupported('STREAM: a bridge speaks ZeroMQ, and no plain TCP');
    if (!(type >= 0 && type < stream)) throw new ErrnoError('EINVAL');
    const { context = standard, ...given } = options instanceof Context ? {} : (options ?? {});
    this.settings = new Settings(definitionsOf(this), 'Socket');
    if (context instanceof Context) {
      this.context = context;
      this.#gone = context.admit(this);
      if (!context.blocky) this.settings.preset('linger', 0);
      this.channel = new Channel(type, context.tenancy, bridgeOptions(this.settings), this.#station);
    } else if (context instanceof BridgeContext) {
      this.context = context;
      this.#gone = nothing;
      this.channel = new Channel(type, new Tenancy(context), bridgeOptions(this.settings), this.#station);
    } else throw new ErrnoError('EINVAL');
    this.flow = flowOf(this.channel, this.settings);
    this.#station.flow = this.flow;
    Object.preventExtensions(this); // whoever misspells the name of an option is told so
    assign(this, given);
  }

  /** The number that libzmq has for the type. */
  get type(): number {
    return this.channel.type;
  }

  /** What happens to the socket: for await (const event of socket.events), or socket.events.on('connect', …). */
  get events(): Observer {
    return (this.#station.observer ??= new Observer());
  }

  /** The address that it was last connected or bound to: where the bridge listens, if that was a wildcard. */
  get lastEndpoint(): string | null {
    return this.channel.lastEndpoint;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether receive would return a message at once. */
  get readable(): boolean {
    return 'receive' in this && this.flow.readable;
  }

  /** Whether send would take a message at once. */
  get writable(): boolean {
    return 'send' in this && this.flow.writable;
  }

  /**
   * Connects to an address, or to a name that the bridge gives a meaning to. The promise may be ignored. It is fulfilled when
   * the bridge has looked for the backend, be that there or not, and rejected when the bridge refuses.
   */
  connect(address: string): Promise<void> {
    this.check();
    return this.#unasked(this.channel.connect(address));
  }

  /** Takes back a connect. Throws ENOENT when the socket is not connected there. The promise may be ignored. */
  disconnect(address: string): Promise<void> {
    this.check();
    return this.#unasked(this.channel.disconnect(address));
  }

  /** Has the bridge listen at an address. Where that has a *, lastEndpoint says what it became. */
  bind(address: string): Promise<void> {
    return this.#exclusively(() => this.channel.bind(address));
  }

  /** Takes back a bind. */
  unbind(address: string): Promise<void> {
    return this.#exclusively(() => this.channel.unbind(address));
  }

  /** What fails although nobody waits for it, the bridge's socket reports. */
  #unasked(promise: Promise<void>): Promise<void> {
    promise.catch(nothing);
    return promise;
  }

  async #exclusively(fn: () => Promise<void>): Promise<void> {
    this.check();
    if (this.#binding) throw new ErrnoError('EBUSY');
    this.#binding = true;
    try {
      await fn();
    } finally {
      this.#binding = false;
      if (this.#closing) this.#close();
    }
  }

  /** Closes the socket, when a bind or unbind that is under way is done. What was sent lingers for as long as linger says. */
  close(): void {
    if (this.#binding) this.#closing = true;
    else this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { channel } = this;
    const station = this.#station;
    const linger = this.settings.limit('linger');
    this.#gone();
    this.flow.close(linger, () => {
      channel.close(linger);
      station.happened({ type: 'end' });
      station.observer?.close();
    });
  }

  /** @internal Throws when the socket is closed. */
  protected check(): void {
    if (this.#closed) throw new ErrnoError('EBADF');
  }

  // zeromq.js has these besides the properties, by the numbers of zmq.h.

  /** @internal */
  getBoolOption(id: number): unknown {
    return this.settings.get(this.settings.name(id));
  }

  /** @internal */
  setBoolOption(id: number, value: unknown): void {
    this.settings.set(this.settings.name(id), value);
  }
}

/** What the socket of the bridge is made with. */
function bridgeOptions(settings: Settings): () => BridgeOptions {
  return () => {
    const identity = settings.get('routingId');
    const receiveHighWaterMark = settings.get('receiveHighWaterMark');
    return {
      ...(typeof identity === 'string' && identity !== '' && { identity }),
      ...(typeof receiveHighWaterMark === 'number' && { receiveHighWaterMark }),
    };
  };
}

/** How messages go through a socket of this type. */
function flowOf(channel: Channel, settings: Settings): Flow {
  settings.used = () => channel.opened;
  switch (channel.type) {
    case REQ:
      return new RequestFlow(channel, settings);
    case REP:
      return new ReplyFlow(channel, settings);
    case PUSH:
    case DEALER:
    case PAIR:
      return new QueuedFlow(channel, settings);
    default:
      return new Flow(channel, settings);
  }
}

function nothing(): void {}

defineOptions(Socket, socketOptions);
for (const kind of ['Int32', 'Uint32', 'Int64', 'Uint64', 'String']) {
  for (const verb of ['get', 'set'] as const) {
    const value = Socket.prototype[`${verb}BoolOption`];
    Object.defineProperty(Socket.prototype, `${verb}${kind}Option`, { value, configurable: true, writable: true });
  }
}
