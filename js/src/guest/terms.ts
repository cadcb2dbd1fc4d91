// The room "guest" has the page's end of a context that a worker holds: it finds the worker, and stands for the client that is
// there. The room "host" is the worker's end, and this file says what goes over the MessagePort between the two. Both ends are
// in a file of their own, worker.mjs, which is loaded on demand; so of what the page has already, this room imports no more
// than types and small things, and is handed the rest (Tools).

import type { ErrorCode } from '../errors.js';

/** What a page says first. */
export interface Hello {
  /** The build of its script. A worker of another build refuses. */
  readonly build: string;
  /** Contexts with the same key share a connection. */
  readonly key: string;
  /** The name of the lock that the page holds for as long as it lives. */
  readonly lock: string;
  /** Where the page would look for zmq.wasm. */
  readonly wasm: readonly string[];
  readonly url: string;
  readonly renewable: boolean;
  readonly minReconnectDelay: number;
  readonly maxReconnectDelay: number;
  readonly reconnectJitter: number;
  readonly maxReconnectAttempts: number;
  readonly requestTimeout: number;
  readonly agent: string;
}

/** An error, as it passes. */
interface Failure {
  readonly code: ErrorCode;
  readonly text: string;
}

/** A part of a message: text, or the length of what comes next in the bytes of the batch. */
export type LaidPart = string | number;

/** What a page has its client do. The numbers of sockets, endpoints, subscriptions and requests are the page's own. */
export type Command =
  | readonly ['open', socket: number, type: number, identity: string, window: number, idempotent: boolean]
  | readonly ['close', socket: number, linger: number, asked: boolean]
  | readonly ['connect', socket: number, endpoint: number, address: string, params: string | undefined]
  | readonly ['since', socket: number, endpoint: number, address: string, params: string | undefined, offset: number, epoch: string]
  | readonly ['bind', socket: number, endpoint: number, address: string, params: string | undefined]
  | readonly ['disconnect', socket: number, endpoint: number]
  | readonly ['subscribe', socket: number, subscription: number, prefix: Uint8Array, overflow: string, interval: number]
  | readonly ['resubscribe', socket: number, subscription: number, overflow: string, interval: number]
  | readonly ['unsubscribe', socket: number, subscription: number]
  | readonly ['request', socket: number, request: number, parts: readonly LaidPart[], timeout: number, idempotent: boolean]
  /** From then on the page knows the socket by the other number, so that what was on its way is nobody's. */
  | readonly ['pause', socket: number, to: number]
  | readonly ['unpause', socket: number]
  | readonly ['cancel', socket: number, request: number]
  | readonly ['decline', socket: number, request: number]
  | readonly ['send', socket: number, turn: number, parts: readonly LaidPart[]]
  | readonly ['reply', socket: number, turn: number, parts: readonly LaidPart[], request: number]
  | readonly ['consumed', socket: number, messages: number, bytes: number]
  | readonly ['probe', socket: 0];

/** What a page says later. */
export type GuestWord =
  | { readonly kind: 'commands'; readonly commands: readonly Command[]; readonly bytes: Uint8Array<ArrayBuffer> | undefined; readonly size: number }
  | { readonly kind: 'answer'; readonly id: number; readonly credentials?: unknown; readonly failure?: Failure }
  /** It has heard so many words of what happened. */
  | { readonly kind: 'heard'; readonly words: number }
  /** The user looks at the page: a good moment to find out whether the connection is still there. */
  | { readonly kind: 'awake' }
  | { readonly kind: 'bye' };

/** What a worker says. */
export type HostWord =
  /** It is there. lock is the lock that it holds for as long as it lives. */
  | { readonly kind: 'here'; readonly build: string; readonly lock: string }
  /** The engine is there, and the page may begin. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | ({ readonly kind: 'happened' } & Happened)
  /** Who asks for credentials. */
  | { readonly kind: 'ask'; readonly id: number; readonly reason: 'connect' | 'expired' | 'refused' }
  /** The worker has done all that the page had to do, and forgets it. */
  | { readonly kind: 'gone' };

/** What happened since the last word, as the engine writes it (engine/plan.ts), with the page's numbers. */
export interface Happened {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly text: Uint8Array<ArrayBuffer>;
  readonly bytes: ArrayBuffer;
  /** How many bytes of commands were taken so far. */
  readonly taken: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** How often the page has asked for the time that the bridge takes to answer, and was answered; and that time. */
  readonly probes: number;
  readonly rtt: number | undefined;
}

/** What happens beside the events of the engine. They are numbered behind those, and pass among them, in order. */
export const HostEvent = {
  /** There is no connection, for the reason that code and text say. */
  Waits: 200,
  /** There will be none. */
  Over: 201,
  /** On a socket, messages were taken: up to the turn id. */
  Taken: 202,
  /** The message of the turn id was not. */
  Untaken: 203,
} as const;
