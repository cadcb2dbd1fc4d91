import { type Decode, type Socket as BridgeSocket, type SocketOptions, type SocketType, ZmqError } from '../index.js';
import { checkAddress, isName } from './address.js';
import type { Tenancy } from './context.js';
import { ErrnoError } from './errno.js';
import type { Event } from './observer.js';

/** What somebody is told of a Channel. */
export interface ChannelOwner {
  happened(event: Event): void;
  /** A backend is there, or one is there no more, or an address came or went. */
  changed(): void;
}

/**
 * A socket of the bridge behind one of these classes, with the addresses that it is connected and bound to. It is made when
 * it is needed for the first time: until then options may change.
 */
export class Channel {
  readonly type: SocketType;
  readonly #tenancy: Tenancy;
  readonly #options: () => SocketOptions;
  readonly #owner: ChannelOwner;
  #socket: BridgeSocket | undefined;
  /** The addresses it is connected to, and whether a backend is there. */
  readonly #connected = new Map<string, boolean>();
  /** What was asked for, and where the bridge listens. */
  readonly #bound = new Map<string, string>();
  /** Where a backend was away at some time. The bridge goes on trying there. */
  readonly #trying = new Set<string>();
  #left = false;
  lastEndpoint: string | null = null;

  constructor(type: SocketType, tenancy: Tenancy, options: () => SocketOptions, owner: ChannelOwner) {
    this.type = type;
    this.#tenancy = tenancy;
    this.#options = options;
    this.#owner = owner;
  }

  /** Whether the socket of the bridge was made. */
  get opened(): boolean {
    return this.#socket !== undefined;
  }

  get socket(): BridgeSocket {
    if (this.#socket !== undefined) return this.#socket;
    const socket = this.#tenancy.enter().Socket<SocketType, Decode>(this.type, this.#options());
    this.#socket = socket;
    socket.on('up', (address) => this.#up(address));
    socket.on('down', (address, why) => this.#down(address, why));
    return socket;
  }

  /** Whether it has any address. */
  get attached(): boolean {
    return this.#connected.size > 0 || this.#bound.size > 0;
  }

  /** Whether somebody could get what is sent. */
  get live(): boolean {
    return this.#bound.size > 0 || [...this.#connected.values()].some((up) => up);
  }

  /** Fulfilled when the bridge has looked for the backend, be it there or not. Rejected when the bridge refuses. */
  async connect(given: string): Promise<void> {
    const address = checkAddress(given);
    const known = this.#connected.has(address);
    if (!known) this.#connected.set(address, false);
    this.lastEndpoint = address;
    this.#owner.happened({ type: 'connect:delay', address });
    this.#owner.changed();
    try {
      await this.socket.connect(address);
    } catch (thrown) {
      if (this.#isPatient(thrown, address) || this.#left) return;
      this.#connected.delete(address);
      throw this.#refusal(thrown, address);
    }
  }

  /** The bridge lets go of the address. Throws when the socket is not connected there. */
  disconnect(given: string): Promise<void> {
    const address = this.#checkOwn(given, this.#connected);
    this.#connected.delete(address);
    this.#owner.happened({ type: 'close', address });
    this.#owner.changed();
    return this.socket.disconnect(address);
  }

  async bind(given: string): Promise<void> {
    const address = checkAddress(given);
    try {
      await this.socket.bind(address);
    } catch (thrown) {
      if (this.#isPatient(thrown, address)) void this.socket.unbind(address).catch(() => {});
      const inUse = thrown instanceof ZmqError && thrown.code === 'unavailable';
      const error = inUse ? new ErrnoError('EADDRINUSE', { address, cause: thrown }) : this.#refusal(thrown, address);
      this.#owner.happened({ type: 'bind:error', address: address.replace(/^\w+:\/\//, ''), error });
      throw error;
    }
    const bound = this.socket.lastEndpoint ?? address;
    this.#bound.set(address, bound);
    this.lastEndpoint = bound;
    this.#owner.happened({ type: 'bind', address: bound });
    this.#owner.changed();
  }

  async unbind(given: string): Promise<void> {
    const asked = [...this.#bound].find(([, bound]) => bound === given)?.[0] ?? given;
    const address = this.#checkOwn(asked, this.#bound);
    const bound = this.#bound.get(address) ?? address;
    this.#bound.delete(address);
    this.#owner.changed();
    await this.socket.unbind(address);
    this.#owner.happened({ type: 'close', address: bound });
  }

  #checkOwn(given: string, own: Map<string, unknown>): string {
    if (own.has(given)) return given;
    const address = checkAddress(given);
    throw new ErrnoError(isName(address) ? 'EINVAL' : 'ENOENT', { address });
  }

  /** Whether the bridge goes on trying, although a connect or bind has failed for the moment. */
  #isPatient(thrown: unknown, address: string): boolean {
    return this.#trying.has(address) || (thrown instanceof ZmqError && thrown.code === 'timeout');
  }

  /** A name that the bridge does not know is, to libzmq, no address. */
  #refusal(thrown: unknown, address: string): ErrnoError {
    const unknown = isName(address) && thrown instanceof ZmqError && thrown.remote;
    return unknown ? new ErrnoError('EINVAL', { address, cause: thrown }) : ErrnoError.from(thrown, address);
  }

  #up(address: string): void {
    if (!this.#connected.has(address)) return; // it is bound there, and bind tells of that
    this.#connected.set(address, true);
    this.#owner.happened({ type: 'connect', address });
    this.#owner.happened({ type: 'handshake', address }); // a bridge does not tell of a backend before they have met
    this.#owner.changed();
  }

  #down(address: string, why: ZmqError): void {
    this.#trying.add(address);
    const was = this.#connected.get(address);
    if (was === undefined) return;
    this.#connected.set(address, false);
    this.#owner.happened(was ? { type: 'disconnect', address } : setback(address, why));
    this.#owner.changed();
  }

  /** Closes the socket. What was sent has so many milliseconds to leave. */
  close(linger: number): void {
    if (this.#left) return;
    this.#left = true;
    for (const address of [...this.#bound.values(), ...this.#connected.keys()]) this.#owner.happened({ type: 'close', address });
    this.#connected.clear();
    this.#bound.clear();
    const tenancy = this.#tenancy;
    const over = (): void => tenancy.leave();
    this.#socket?.close({ linger }).then(over, over);
  }
}

/** What it is called when a connection does not come about. The bridge does not say when it tries again. */
function setback(address: string, why: ZmqError): Event {
  const error = ErrnoError.from(why, address);
  if (why.code === 'unauthenticated' || why.code === 'denied') return { type: 'handshake:error:auth', address, error };
  if (why.code === 'protocol') return { type: 'handshake:error:protocol', address, error };
  return { type: 'connect:retry', address, interval: 0 };
}
