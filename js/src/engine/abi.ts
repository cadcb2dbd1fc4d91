// The boundary between TypeScript and the Go in zmq.wasm, as TypeScript sees it. The Go side of it is wasm/. Whoever changes
// one side changes the other too, and raises the number abi on both. test/abi.test.mjs compares the two sides.

/** The version of all that is in this file. A zmq.wasm with another version was built from other sources than this code. */
export const abi = 12;

/**
 * Every function of the engine returns a number, its status. From 0 up, it is what the function has to say; below 0, it is
 * one of these.
 */
export const FAILED = -1; // the call failed; the results say why
export const DIED = -2; // the instance of zmq.wasm has died and must not be called any more

/** What `next` returns when the engine waits for no point in time. */
export const NEVER = 0x7fffffff;

/** A flag of `request`. */
export const IDEMPOTENT = 1;

/**
 * What a call says beside its status stands in an array of 32-bit words in linear memory, the results. These are the
 * indices of that array; wasm/memory_js.go says what each word means.
 */
export const Result = {
  Plan: 0,
  PlanWords: 1,
  Text: 2,
  TextSize: 3,
  Output: 4,
  OutputSize: 5,
  Split1: 6,
  Split2: 7,
  IDLow: 8,
  IDHigh: 9,
  Code: 10,
  Remote: 11,
  Close: 12,
  Failure: 13,
  FailureSize: 14,
} as const;

/** What can happen: client.EventKind. core/client/event.go says what each one means. */
export const EventKind = {
  Ready: 1,
  Draining: 2,
  Opened: 3,
  Refused: 4,
  Down: 5,
  Up: 6,
  Subscribed: 7,
  Unsubscribed: 8,
  Message: 9,
  Request: 10,
  Reply: 11,
  Failed: 12,
  Gap: 13,
  Closed: 14,
  Writable: 15,
  Resumed: 16,
  Reset: 17,
  TurnedAway: 18,
  Recovered: 19,
  Positioned: 20,
  Disconnected: 21,
  Ended: 22,
  Expiring: 23,
} as const;

/**
 * The functions that zmq.wasm exports. Messages and time pass through them, because calling one costs next to nothing.
 * Bytes are passed in linear memory. All numbers but now and timeout, which are in milliseconds, are whole.
 */
export interface Exports {
  resultsAt(): number;
  alloc(size: number): number;
  start(client: number, now: number): number;
  feed(client: number, size: number, now: number): number;
  tick(client: number, now: number): number;
  probe(client: number, now: number): number;
  rtt(client: number): number;
  next(client: number, now: number): number;
  take(client: number, now: number): number;
  idle(client: number): number;
  lingers(client: number): number;
  queued(client: number): number;
  request(
    client: number,
    socket: number,
    count: number,
    size: number,
    timeout: number,
    flags: number,
    now: number,
  ): number;
  cancel(client: number, socket: number, id: number): number;
  send(client: number, socket: number, count: number, size: number): number;
  reply(client: number, socket: number, count: number, size: number, id: number): number;
  decline(client: number, socket: number, id: number): number;
  consumed(client: number, socket: number, messages: number, bytes: number): number;
  rpcCall(count: number, size: number): number;
  rpcResult(count: number, size: number): number;
  rpcParse(count: number, size: number): number;
  rpcReturn(count: number, size: number): number;
  rpcError(count: number, size: number): number;
}

/**
 * The functions that Go hands over when it starts, one JavaScript function each. They take strings and are slow to call,
 * so they are for what is done rarely: opening, connecting, subscribing, closing.
 */
export interface Controls {
  newClient(requestTimeout: number, agent: string): number;
  freeClient(client: number): number;
  setCredentials(client: number, json: string | undefined): number;
  closed(client: number, code: number, reason: string, remote: boolean): number;
  exportSession(client: number): number;
  importSession(client: number, snapshot: Uint8Array, now: number): number;
  newSocket(client: number, type: number, identity: string, window: number, idempotent: boolean): number;
  closeSocket(client: number, socket: number, linger: number, asked: boolean, now: number): number;
  connect(client: number, socket: number, address: string, params: string | undefined): number;
  connectSince(
    client: number,
    socket: number,
    address: string,
    params: string | undefined,
    offset: number,
    epoch: string,
  ): number;
  bind(client: number, socket: number, address: string, params: string | undefined): number;
  disconnect(client: number, socket: number, endpoint: number): number;
  subscribe(client: number, socket: number, prefix: Uint8Array, overflow: string, interval: number): number;
  unsubscribe(client: number, socket: number, subscription: number): number;
  resubscribe(client: number, socket: number, subscription: number, overflow: string, interval: number): number;
  pause(client: number, socket: number): number;
  unpause(client: number, socket: number): number;
}

/** All that Go hands over when it starts. */
export interface Boot extends Controls {
  /** The version of the boundary that the Go side was built with. */
  abi: number;
  /** The version of the Go that compiled zmq.wasm. */
  go: string;
}
