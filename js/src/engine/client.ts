import { ZmqError, codeName } from '../errors.js';
import type { Part } from '../message/message.js';
import { FAILED, IDEMPOTENT, NEVER, Result } from './abi.js';
import type { Engine } from './engine.js';
import { type EventSink, Plan } from './plan.js';

const nothing = new ArrayBuffer(0);

/** How the engine wants a WebSocket closed. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** core.Client: the sockets, subscriptions and requests of one Context. */
export class Client {
  readonly engine: Engine;
  readonly #handle: number;
  #plans: Plan[] = [];

  /** requestTimeout is in milliseconds; agent is the name that the bridge logs for this client. */
  constructor(engine: Engine, requestTimeout: number, agent: string) {
    this.engine = engine;
    this.#handle = engine.check(engine.controls.newClient(requestTimeout, agent));
  }

  /** Tells what happened since it was last asked. */
  tell(sink: EventSink): void {
    for (const plan of this.#plans.splice(0)) plan.tell(sink);
  }

  #collect(fed = nothing): void {
    const plan = Plan.take(this.engine.memory, fed);
    if (plan !== undefined) this.#plans.push(plan);
  }

  #check(status: number): number {
    const value = this.engine.check(status);
    this.#collect();
    return value;
  }

  // The connection. Times are performance.now().

  start(now: number): void {
    this.#check(this.engine.exports.start(this.#handle, now));
  }

  /** Takes a WebSocket message. Returns how to close the WebSocket if it broke the protocol. */
  feed(message: ArrayBuffer, now: number): Closing | undefined {
    const { memory, exports } = this.engine;
    memory.layBytes(new Uint8Array(message));
    return this.#closing(exports.feed(this.#handle, message.byteLength, now), message);
  }

  /** Tells the time. Returns how to close the WebSocket if nothing was heard for too long. */
  tick(now: number): Closing | undefined {
    return this.#closing(this.engine.exports.tick(this.#handle, now));
  }

  #closing(status: number, fed?: ArrayBuffer): Closing | undefined {
    if (status !== FAILED) this.engine.check(status);
    this.#collect(fed);
    if (status !== FAILED) return undefined;
    const code = this.engine.memory.result(Result.Close);
    const failure = this.engine.failure();
    if (code === 0) throw failure;
    return { code, reason: failure.message };
  }

  /** Milliseconds until tick is due. */
  next(now: number): number {
    const delay = this.engine.check(this.engine.exports.next(this.#handle, now));
    return delay === NEVER ? Infinity : delay;
  }

  /** The next batch to write, if there is one: a view that is good until the next call. */
  take(now: number): Uint8Array<ArrayBuffer> | undefined {
    const size = this.engine.check(this.engine.exports.take(this.#handle, now));
    return size === 0 ? undefined : this.engine.memory.output(0, size);
  }

  /** Whether leaving now would lose nothing. */
  get idle(): boolean {
    return this.engine.check(this.engine.exports.idle(this.#handle)) === 1;
  }

  queued(): number {
    return this.engine.check(this.engine.exports.queued(this.#handle));
  }

  setCredentials(json: string | undefined): void {
    this.engine.check(this.engine.controls.setCredentials(this.#handle, json));
  }

  /** Tells of the end of a WebSocket. retry: connect again; otherwise the client has ended, with why. */
  closed(code: number, reason: string, remote: boolean): { retry: boolean; why: ZmqError } {
    const retry = this.engine.check(this.engine.controls.closed(this.#handle, code, reason, remote)) === 1;
    this.#collect();
    const what = codeName(this.engine.memory.result(Result.Code));
    return { retry, why: new ZmqError(what, reason || `the connection to the bridge ended (${code})`, { remote }) };
  }

  /** A snapshot of the session, if there is one to go on with. */
  exportSession(): Uint8Array | undefined {
    const size = this.engine.check(this.engine.controls.exportSession(this.#handle));
    return size === 0 ? undefined : this.engine.memory.output(0, size).slice();
  }

  /** Goes on with the session of a snapshot. */
  importSession(snapshot: Uint8Array, now: number): void {
    this.#check(this.engine.controls.importSession(this.#handle, snapshot, Math.floor(now)));
  }

  free(): void {
    this.engine.check(this.engine.controls.freeClient(this.#handle));
  }

  // Sockets.

  newSocket(type: number, identity: string): number {
    return this.#check(this.engine.controls.newSocket(this.#handle, type, identity));
  }

  closeSocket(socket: number): void {
    this.#check(this.engine.controls.closeSocket(this.#handle, socket));
  }

  connect(socket: number, address: string, params: string | undefined): number {
    return this.#check(this.engine.controls.connect(this.#handle, socket, address, params));
  }

  connectSince(socket: number, address: string, params: string | undefined, offset: number, epoch: string): number {
    return this.#check(this.engine.controls.connectSince(this.#handle, socket, address, params, offset, epoch));
  }

  bind(socket: number, address: string, params: string | undefined): number {
    return this.#check(this.engine.controls.bind(this.#handle, socket, address, params));
  }

  /** overflow is the name of a policy, or ''; interval in milliseconds, 0 for none. */
  subscribe(socket: number, prefix: Uint8Array, overflow: string, interval: number): number {
    return this.#check(this.engine.controls.subscribe(this.#handle, socket, prefix, overflow, interval));
  }

  unsubscribe(socket: number, subscription: number): void {
    this.#check(this.engine.controls.unsubscribe(this.#handle, socket, subscription));
  }

  // Messages.

  /** Returns the number of the request. A timeout of 0 is the client's default. */
  request(socket: number, parts: readonly Part[], timeout: number, idempotent: boolean, now: number): number {
    const { memory, exports } = this.engine;
    const size = memory.layParts(parts);
    const flags = idempotent ? IDEMPOTENT : 0;
    this.engine.check(exports.request(this.#handle, socket, parts.length, size, timeout, flags, now));
    return memory.id();
  }

  decline(socket: number, request: number): void {
    this.engine.check(this.engine.exports.decline(this.#handle, socket, request));
  }

  cancel(socket: number, request: number): void {
    this.engine.check(this.engine.exports.cancel(this.#handle, socket, request));
  }

  send(socket: number, parts: readonly Part[]): void {
    const { memory, exports } = this.engine;
    this.engine.check(exports.send(this.#handle, socket, parts.length, memory.layParts(parts)));
  }

  reply(socket: number, request: number, parts: readonly Part[]): void {
    const { memory, exports } = this.engine;
    this.engine.check(exports.reply(this.#handle, socket, parts.length, memory.layParts(parts), request));
  }

  consumed(socket: number, messages: number, bytes: number): void {
    this.engine.check(this.engine.exports.consumed(this.#handle, socket, messages, bytes));
  }
}
