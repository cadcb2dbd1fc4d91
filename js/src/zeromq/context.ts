import { Context as Bridge } from '../index.js';
import { ErrnoError } from './errno.js';
import { Settings, assign, contextOptions, defineOptions, definitionsOf } from './options.js';

/** The options of a Context, by the names of zeromq.js. */
export interface ContextOptions {
  blocky?: boolean;
  ioThreads?: number;
  ipv6?: boolean;
  maxMessageSize?: number;
  maxSockets?: number;
  threadPriority?: number;
  threadSchedulingPolicy?: number;
}

/** How long a program that is no page keeps a connection that no socket uses, in milliseconds: Node runs as long as it is there. */
const grace = 'document' in globalThis || 'WorkerGlobalScope' in globalThis ? Infinity : 50;

/**
 * What a Context has, apart from the Context itself, which may be gone before its sockets are: the connection to the bridge.
 * It is opened when the first socket needs it, and closed when none does any more.
 */
export class Tenancy {
  #bridge: Bridge | undefined;
  readonly #given: boolean;
  /** How many sockets use the connection. */
  #users = 0;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  /** How many sockets there are. */
  sockets = 0;

  /** given is a connection that somebody else made and closes. */
  constructor(given?: Bridge) {
    this.#bridge = given;
    this.#given = given !== undefined;
  }

  get bridge(): Bridge {
    if (this.#bridge?.status().state === 'closed' && !this.#given) this.#bridge = undefined;
    return (this.#bridge ??= new Bridge());
  }

  /** A socket uses the connection from now on. */
  enter(): Bridge {
    this.#users++;
    clearTimeout(this.#leaving);
    return this.bridge;
  }

  /** A socket is done with it. */
  leave(): void {
    if (--this.#users === 0 && grace < Infinity) this.#leaving = setTimeout(() => this.close(), grace);
  }

  close(): void {
    if (this.#given || this.#users > 0) return;
    void this.#bridge?.close({ linger: 0 });
    this.#bridge = undefined;
  }
}

/** A Context that is gone needs no connection. */
const gone = new FinalizationRegistry<Tenancy>((tenancy) => tenancy.close());
/** A socket that nobody has any more does not count. */
const forgotten = new FinalizationRegistry<Tenancy>((tenancy) => tenancy.sockets--);

/** What sockets belong to, as in zeromq.js: a connection to the bridge that configure says, opened when a socket needs it. */
export class Context {
  /** @internal */
  readonly settings = new Settings(definitionsOf(this), 'Context');
  /** @internal */
  readonly tenancy = new Tenancy();
  /** Whether sockets linger, unless they say otherwise. */
  declare blocky: boolean;
  /** Kept, without effect. */
  declare ioThreads: number;
  /** Kept, without effect: the bridge reaches IPv6 anyway. */
  declare ipv6: boolean;
  /** The largest message that can be sent. */
  declare maxMessageSize: number;
  declare maxSockets: number;
  declare readonly maxSocketsLimit: number;
  /** Kept, without effect. */
  declare threadPriority: number;
  /** Kept, without effect. */
  declare threadSchedulingPolicy: number;

  constructor(options?: ContextOptions);
  constructor(options?: unknown, ...more: unknown[]) {
    if (options !== undefined && (typeof options !== 'object' || options === null)) throw new TypeError('Options must be an object');
    if (more.length > 0) throw new TypeError('Expected 1 argument');
    Object.preventExtensions(this);
    assign(this, options as object | undefined);
    gone.register(this, this.tenancy);
  }

  /** The connection to the bridge: the Context of this library behind this one, with its status and its other sockets. */
  get bridge(): Bridge {
    return this.tenancy.bridge;
  }

  /** @internal A socket was made. Returns what to call when it is closed. */
  admit(socket: object): () => void {
    const { tenancy } = this;
    if (tenancy.sockets >= this.maxSockets) throw new ErrnoError('EMFILE');
    tenancy.sockets++;
    forgotten.register(socket, tenancy, socket);
    return () => {
      if (forgotten.unregister(socket)) tenancy.sockets--;
    };
  }
}

defineOptions(Context, contextOptions);

/** The context of sockets that are given none. */
export const context = new Context();
