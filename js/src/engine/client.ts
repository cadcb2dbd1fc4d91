import { ZmqError, codeName } from '../errors.js';
import type { Part } from '../message/message.js';
import { FAILED, IDEMPOTENT, NEVER, Result } from './abi.js';
import type { Engine, WasmEngine } from './engine.js';
import type { EventSink } from './event.js';
import { Plan } from './plan.js';

/** The engine asks for this WebSocket to be closed, with this code and reason. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** What sockets and their link need of a client, whether it is in this page or in a worker. */
export interface Client extends Omit<EngineClient, 'engine'> {
  readonly engine: Engine;
}

/**
 * One client.Client of core, with the sockets, subscriptions and requests of one Context. Its methods are those of the Go type, and
 * core/client/client.go says what they do. Events are not returned: tell hands them out.
 */
export class EngineClient implements Client {
  readonly engine: WasmEngine;
  readonly #handle: number;
  /** How many messages, requests and answers were handed over to be sent. */
  sent = 0;
  #plans: Plan[] = [];
  /** A plan that was told, whose memory is used again. */
  #spare: Plan | undefined;

  /** requestTimeout is in milliseconds; agent is the name that the bridge logs for this client. */
  constructor(engine: WasmEngine, requestTimeout: number, agent: string) {
    this.engine = engine;
    this.#handle = engine.check(engine.controls.newClient(requestTimeout, agent));
  }

  /** Hands out what has happened since the last call of tell. Returns whether it was anything but messages. */
  tell(sink: EventSink): boolean {
    if (this.#plans.length === 0) return false;
    let others = false;
    const plans = this.#plans; // whoever is told may cause more to happen, and tell it
    this.#plans = [];
    for (const plan of plans) {
      if (plan.tell(sink)) others = true;
      this.#spare = plan;
    }
    return others;
  }

  /** Keeps the events that a call left behind. fed is the WebSocket message that they refer to. */
  #collect(fed?: ArrayBuffer): void {
    const plan = this.#spare ?? new Plan();
    this.#spare = plan;
    if (!plan.take(this.engine.memory, fed)) return;
    this.#spare = undefined;
    this.#plans.push(plan);
  }

  /** Checks the status of a call that may leave events behind. */
  #check(status: number): number {
    const value = this.engine.check(status);
    this.#collect();
    return value;
  }

  // The connection. now is always performance.now().

  /** A WebSocket has opened. */
  start(now: number): void {
    this.#check(this.engine.exports.start(this.#handle, now));
  }

  /**
   * Takes a WebSocket message that arrived. If it broke the protocol, returns how to close the WebSocket; otherwise, whether
   * there is something to write.
   */
  feed(message: ArrayBuffer, now: number): Closing | boolean {
    const { memory, exports } = this.engine;
    memory.layBytes(new Uint8Array(message));
    const status = exports.feed(this.#handle, message.byteLength, now);
    return this.#closing(status, message) ?? status !== 0;
  }

  /** Tells the engine the time. If the bridge has been silent for too long, returns how to close the WebSocket. */
  tick(now: number): Closing | undefined {
    return this.#closing(this.engine.exports.tick(this.#handle, now));
  }

  /** The network may have changed: asks the bridge for a sign of life. If none comes in time, tick says so. */
  probe(now: number): void {
    this.#check(this.engine.exports.probe(this.#handle, now));
  }

  /**
   * How many milliseconds the bridge took to answer the last probe. It is undefined while an answer is outstanding, and where
   * there was none on this connection.
   */
  get rtt(): number | undefined {
    const microseconds = this.engine.check(this.engine.exports.rtt(this.#handle));
    return microseconds === 0 ? undefined : microseconds / 1000;
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

  /** The milliseconds until tick is due; Infinity when it is not. */
  next(now: number): number {
    const delay = this.engine.check(this.engine.exports.next(this.#handle, now));
    return delay === NEVER ? Infinity : delay;
  }

  /**
   * The next WebSocket message to write, if there is one. It is a view of linear memory, which the next call of the engine
   * overwrites.
   */
  take(now: number): Uint8Array<ArrayBuffer> | undefined {
    const size = this.engine.check(this.engine.exports.take(this.#handle, now));
    return size === 0 ? undefined : this.engine.memory.output(0, size);
  }

  /** Whether the connection could end now without losing anything: no answer is outstanding, and the bridge has it all. */
  get idle(): boolean {
    return this.engine.check(this.engine.exports.idle(this.#handle)) === 1;
  }

  /** Whether something that was sent has yet to leave. */
  get lingers(): boolean {
    return this.engine.check(this.engine.exports.lingers(this.#handle)) === 1;
  }

  /** The number of bytes that wait to be taken. */
  queued(): number {
    return this.engine.check(this.engine.exports.queued(this.#handle));
  }

  /** Sets what the next start presents to the bridge. If the session is open, it is handed over at once. */
  setCredentials(json: string | undefined): void {
    this.engine.check(this.engine.controls.setCredentials(this.#handle, json));
  }

  /**
   * The WebSocket has ended. When retry is true, the client wants another one; otherwise it has ended for good, and why
   * says for what reason.
   */
  closed(code: number, reason: string, remote: boolean): { retry: boolean; why: ZmqError } {
    const retry = this.engine.check(this.engine.controls.closed(this.#handle, code, reason, remote)) === 1;
    this.#collect();
    const what = codeName(this.engine.memory.result(Result.Code));
    return { retry, why: new ZmqError(what, reason || `the connection to the bridge ended (${code})`, { remote }) };
  }

  /** A copy of the session that another page can go on with; undefined when there is no session. */
  exportSession(): Uint8Array | undefined {
    const size = this.engine.check(this.engine.controls.exportSession(this.#handle));
    return size === 0 ? undefined : this.engine.memory.output(0, size).slice();
  }

  /** Goes on with the session that exportSession of another page returned. */
  importSession(snapshot: Uint8Array, now: number): void {
    this.#check(this.engine.controls.importSession(this.#handle, snapshot, Math.floor(now)));
  }

  /** Lets Go forget the client. It must not be used afterwards. */
  free(): void {
    this.engine.check(this.engine.controls.freeClient(this.#handle));
  }

  // Sockets. connect, connectSince and bind return the number of an endpoint, subscribe that of a subscription.

  /**
   * Returns the number of the socket. window is how many messages it may hold that the page has not consumed; idempotent says that what a PUSH
   * sends may arrive more than once.
   */
  newSocket(type: number, identity: string, window: number, idempotent: boolean): number {
    return this.#check(this.engine.controls.newSocket(this.#handle, type, identity, window, idempotent));
  }

  /**
   * Closes a socket. What was sent on it has so many milliseconds to leave; asked says that the page has chosen them. Returns
   * whether an Ended event follows.
   */
  closeSocket(socket: number, linger: number, asked: boolean): boolean {
    const ms = Math.min(Math.ceil(linger), 0x7fffffff);
    const now = Math.floor(performance.now());
    return this.#check(this.engine.controls.closeSocket(this.#handle, socket, ms, asked, now)) === 1;
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

  /** Takes an endpoint away from a socket. Returns whether a Disconnected event follows. */
  disconnect(socket: number, endpoint: number): boolean {
    return this.#check(this.engine.controls.disconnect(this.#handle, socket, endpoint)) === 1;
  }

  /** overflow is the name of a policy, or '' for the bridge's own; interval is in milliseconds, and 0 for none. */
  subscribe(socket: number, prefix: Uint8Array, overflow: string, interval: number): number {
    return this.#check(this.engine.controls.subscribe(this.#handle, socket, prefix, overflow, interval));
  }

  unsubscribe(socket: number, subscription: number): void {
    this.#check(this.engine.controls.unsubscribe(this.#handle, socket, subscription));
  }

  /** Gives a subscription other terms, which are those of subscribe. */
  resubscribe(socket: number, subscription: number, overflow: string, interval: number): void {
    this.#check(this.engine.controls.resubscribe(this.#handle, socket, subscription, overflow, interval));
  }

  /** Lets go of a SUB at the bridge, and returns the number that it has from then on. */
  pause(socket: number): number {
    return this.#check(this.engine.controls.pause(this.#handle, socket));
  }

  /** Opens it again. */
  unpause(socket: number): void {
    this.#check(this.engine.controls.unpause(this.#handle, socket));
  }

  // Messages.

  /** Sends a request, and returns its number. timeout is in milliseconds; 0 is the client's default. */
  request(socket: number, parts: readonly Part[], timeout: number, idempotent: boolean, now: number): number {
    const { memory, exports } = this.engine;
    const size = memory.layParts(parts);
    const flags = idempotent ? IDEMPOTENT : 0;
    this.engine.check(exports.request(this.#handle, socket, parts.length, size, timeout, flags, now));
    this.sent++;
    return memory.id();
  }

  /** Says that a request of a backend will not be answered. */
  decline(socket: number, request: number): void {
    this.engine.check(this.engine.exports.decline(this.#handle, socket, request));
  }

  /** Gives up on a request of this page. */
  cancel(socket: number, request: number): void {
    this.engine.check(this.engine.exports.cancel(this.#handle, socket, request));
  }

  /**
   * Sends a message. Throws with code "busy" when the socket's queue is full; a Writable event follows then. If there is a
   * promise, the message was taken when it is fulfilled.
   */
  send(socket: number, parts: readonly Part[]): Promise<void> | void {
    const { memory, exports } = this.engine;
    this.engine.check(exports.send(this.#handle, socket, parts.length, memory.layParts(parts)));
    this.sent++;
  }

  /** Answers a request of a backend. */
  reply(socket: number, request: number, parts: readonly Part[]): Promise<void> | void {
    const { memory, exports } = this.engine;
    this.engine.check(exports.reply(this.#handle, socket, parts.length, memory.layParts(parts), request));
    this.sent++;
  }

  /**
   * Says how many messages the page is done with since the last call, and how many bytes they had. Returns whether the bridge
   * is granted credit for all that was consumed so far.
   */
  consumed(socket: number, messages: number, bytes: number): boolean {
    return this.engine.check(this.engine.exports.consumed(this.#handle, socket, messages, bytes)) === 1;
  }
}
