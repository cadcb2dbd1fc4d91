// The other half of this file is wasm/: change them together, and abi in wasm/main_js.go with them. test/abi.test.mjs
// compares the lists.

/** Of the exports and functions below; a zmq.wasm that says another is not of this build. */
export const abi = 6;

/** Statuses below 0. */
export const FAILED = -1; // the error stands in the results
export const DIED = -2; // the instance is of no use any more

/** What `next` returns when nothing is pending. */
export const NEVER = 0x7fffffff;

/** Flags of `request`. */
export const IDEMPOTENT = 1;

/** Where in the results what stands (wasm/memory_js.go), in words. */
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

/** What a record of the plan says happened: core.EventKind. */
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
} as const;

/** The module's exports, one WebAssembly function each: the data path. All numbers but now and timeout are whole. */
export interface Exports {
  resultsAt(): number;
  alloc(size: number): number;
  start(client: number, now: number): number;
  feed(client: number, size: number, now: number): number;
  tick(client: number, now: number): number;
  next(client: number, now: number): number;
  take(client: number, now: number): number;
  idle(client: number): number;
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

/** The functions handed over at boot: the control path. */
export interface Controls {
  newClient(requestTimeout: number, agent: string): number;
  freeClient(client: number): number;
  setCredentials(client: number, json: string | undefined): number;
  closed(client: number, code: number, reason: string, remote: boolean): number;
  exportSession(client: number): number;
  importSession(client: number, snapshot: Uint8Array, now: number): number;
  newSocket(client: number, type: number, identity: string): number;
  closeSocket(client: number, socket: number): number;
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
  subscribe(client: number, socket: number, prefix: Uint8Array, overflow: string, interval: number): number;
  unsubscribe(client: number, socket: number, subscription: number): number;
}

/** What boot hands over beside them. */
export interface Boot extends Controls {
  abi: number;
  go: string;
}
