import { unsupported } from './errno.js';

type Value = boolean | number | string | null;

/**
 * What becomes of an option that is set.
 *
 * - honoured: the classes, or the bridge, do what it says.
 * - kept: it says with how many resources, or how eagerly, libzmq goes about something that the bridge does. It can be set and
 *   read, and changes nothing that is sent or received.
 * - refused: the bridge does otherwise, and a program that relies on it has to know. Setting it to anything but its default
 *   throws with the reason "unsupported".
 * - read: it can only be read.
 */
type Fate = 'honoured' | 'kept' | 'refused' | 'read';

/** The number that libzmq knows it by, its default, its fate, and why it is refused. */
type Definition = readonly [id: number, initial: Value, fate: Fate, why?: string];

type Definitions = { readonly [name: string]: Definition };

const security = 'the bridge has the keys and passwords, and its rules say who may connect';
const network = 'how a backend is reached is for the bridge to say';

export const contextOptions: Definitions = {
  ioThreads: [1, 1, 'kept'],
  maxSockets: [2, 1023, 'honoured'],
  maxSocketsLimit: [3, 65535, 'read'],
  threadPriority: [3, -1, 'kept'],
  threadSchedulingPolicy: [4, -1, 'kept'],
  maxMessageSize: [5, 2147483647, 'honoured'],
  ipv6: [42, false, 'kept'], // the bridge reaches IPv6 anyway
  blocky: [70, true, 'honoured'],
};

/** Those of every socket. */
export const socketOptions: Definitions = {
  affinity: [4, 0, 'kept'],
  rate: [8, 100, 'kept'],
  recoveryInterval: [9, 10_000, 'kept'],
  linger: [17, -1, 'honoured'],
  reconnectInterval: [18, 100, 'kept'],
  backlog: [19, 100, 'kept'],
  reconnectMaxInterval: [21, 0, 'kept'],
  maxMessageSize: [22, -1, 'honoured'],
  tcpKeepalive: [34, -1, 'kept'],
  tcpKeepaliveCount: [35, -1, 'kept'],
  tcpKeepaliveIdle: [36, -1, 'kept'],
  tcpKeepaliveInterval: [37, -1, 'kept'],
  tcpAcceptFilter: [38, null, 'refused', network],
  immediate: [39, false, 'honoured'],
  ipv6: [42, false, 'kept'],
  securityMechanism: [43, null, 'read'],
  plainServer: [44, false, 'refused', security],
  plainUsername: [45, null, 'refused', security],
  plainPassword: [46, null, 'refused', security],
  curveServer: [47, false, 'refused', security],
  curvePublicKey: [48, null, 'refused', security],
  curveSecretKey: [49, null, 'refused', security],
  curveServerKey: [50, null, 'refused', security],
  zapDomain: [55, null, 'refused', security],
  typeOfService: [57, 0, 'kept'],
  handshakeInterval: [66, 30_000, 'kept'],
  socksProxy: [68, null, 'refused', network],
  heartbeatInterval: [75, 0, 'kept'],
  heartbeatTimeToLive: [76, 0, 'kept'],
  heartbeatTimeout: [77, -1, 'kept'],
  connectTimeout: [79, 0, 'kept'],
  tcpMaxRetransmitTimeout: [80, 0, 'kept'],
  threadSafe: [81, false, 'read'],
  multicastMaxTransportDataUnit: [84, 1500, 'kept'],
  vmciBufferSize: [85, 65_536, 'kept'],
  vmciBufferMinSize: [86, 128, 'kept'],
  vmciBufferMaxSize: [87, 262_144, 'kept'],
  vmciConnectTimeout: [88, -1, 'kept'],
  interface: [92, null, 'refused', network],
  zapEnforceDomain: [93, false, 'refused', security],
  loopbackFastPath: [94, false, 'kept'],
};

export const writableOptions: Definitions = {
  sendBufferSize: [11, -1, 'kept'],
  sendHighWaterMark: [23, 1000, 'honoured'],
  sendTimeout: [28, -1, 'honoured'],
  multicastHops: [25, 1, 'kept'],
};

export const readableOptions: Definitions = {
  receiveBufferSize: [12, -1, 'kept'],
  receiveHighWaterMark: [24, 1000, 'honoured'],
  receiveTimeout: [27, -1, 'honoured'],
};

export const routingOption: Definitions = { routingId: [5, null, 'honoured'] };
export const probeOption: Definitions = { probeRouter: [51, false, 'refused', 'send an empty message to say that you are there'] };
export const conflateOption: Definitions = { conflate: [54, false, 'honoured'] };
export const noDropOption: Definitions = { noDrop: [69, false, 'refused', 'a bridge drops what a slow subscriber has no room for'] };
export const invertOption: Definitions = { invertMatching: [74, false, 'refused', 'a bridge hands out what a subscription matches'] };
export const routerOptions: Definitions = {
  mandatory: [33, false, 'refused', 'a bridge drops what it cannot route, and counts it'],
  handover: [56, false, 'refused', 'a routing id belongs to the first peer that brings it'],
};
export const requestOptions: Definitions = { correlate: [52, false, 'honoured'], relaxed: [53, false, 'honoured'] };
export const xpubOptions: Definitions = {
  manual: [71, false, 'refused', 'a bridge matches what subscribers have asked for'],
  welcomeMessage: [72, null, 'refused', 'a bridge sends subscribers nothing but what they have asked for'],
};

/** An object that has options. */
interface Optioned {
  /** @internal */
  readonly settings: Settings;
}

const decoder = new TextDecoder();

/** The options that an object was given. */
export class Settings {
  readonly #definitions: Definitions;
  readonly #owner: string;
  readonly #values = new Map<string, Value>();

  /** owner is what the object is called that has them. */
  constructor(definitions: Definitions, owner: string) {
    this.#definitions = definitions;
    this.#owner = owner;
  }

  /** Whether it is too late for some of them. */
  used = (): boolean => false;

  /** Sets another default. */
  preset(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  get(name: string): Value | undefined {
    const value = this.#values.get(name);
    return value === undefined ? this.#definitions[name]?.[1] : value;
  }

  /** A number that libzmq has -1 for where there is no limit. */
  limit(name: string): number {
    const value = this.get(name);
    return typeof value === 'number' && value >= 0 ? value : Infinity;
  }

  is(name: string): boolean {
    return this.get(name) === true;
  }

  set(name: string, given: unknown): void {
    const definition = this.#definitions[name];
    if (definition === undefined) throw new TypeError(`Cannot add property ${name}, object is not extensible`);
    const [, initial, fate, why] = definition;
    if (fate === 'read') throw new TypeError(`Cannot set property ${name} of #<${this.#owner}> which has only a getter`);
    const value = valueOf(initial, given);
    if (fate === 'refused' && value !== initial) throw unsupported(`${name}: ${why}`);
    if (name === 'reconnectInterval' && value === -1) throw unsupported(`${name}: a bridge never gives a backend up`);
    this.#values.set(name, value);
    if (name === 'routingId' && this.used()) console.warn('zmq: routingId does not take effect: the socket was used before');
  }

  /** The name of the option that libzmq knows by this number. */
  name(id: number): string {
    return Object.keys(this.#definitions).find((name) => this.#definitions[name]?.[0] === id) ?? String(id);
  }
}

/** Brings what was given for an option into its type. */
function valueOf(initial: Value, given: unknown): Value {
  if (initial === null) {
    if (given === null || given === undefined || typeof given === 'string') return given ?? null;
    if (ArrayBuffer.isView(given)) return decoder.decode(given);
    throw new TypeError('Option value must be a string or buffer');
  }
  if (typeof given !== typeof initial) throw new TypeError(`Option value must be a ${typeof initial}`);
  return given as Value;
}

/** The options of each class, with those of its base. */
const all = new Map<object, Definitions>();

/** The options of an object, by its class. */
export function definitionsOf(object: object): Definitions {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const found = all.get(at);
    if (found !== undefined) return found;
  }
  return {};
}

/** Gives a class options, which are properties of its objects. */
export function defineOptions(constructor: { readonly prototype: Optioned }, ...definitions: Definitions[]): void {
  const { prototype } = constructor;
  const own: Definitions = Object.assign({}, ...definitions);
  all.set(prototype, { ...definitionsOf(prototype), ...own });
  for (const name of Object.keys(own)) {
    Object.defineProperty(prototype, name, {
      get(this: Optioned) {
        return this.settings.get(name);
      },
      set(this: Optioned, value: unknown) {
        this.settings.set(name, value);
      },
      configurable: true,
    });
  }
}

/** Sets the options that a constructor was given. */
export function assign(target: object, options: object | undefined | null): void {
  for (const [name, value] of Object.entries(options ?? {})) (target as { [name: string]: unknown })[name] = value;
}
