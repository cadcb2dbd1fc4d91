import type { ErrorCode, ZmqError } from './errors.js';
import type { Position } from './history.js';
import type { Message } from './message.js';
import type { SubscribeOptions } from './overflow.js';

/** overflow and rate are for SUB and XSUB: what their subscriptions have unless they say otherwise. */
export interface SocketOptions extends SubscribeOptions {
  /** What the other side knows this socket by; default 32 random hex digits. Only a REP socket's default is sent. */
  identity?: string;
  /** Milliseconds a request, a connect or a ready waits unless it says otherwise; default the context's. */
  requestTimeout?: number;
}

export interface ConnectOptions {
  /**
   * Where a SUB socket was in the history of this endpoint: what was published since is delivered first, as far as the
   * bridge has it ('recovered'), and what it has no more is a 'gap'. Default: from now on.
   */
  since?: Position | undefined;
}

/** Messages are missing at this place in the stream. */
export interface Gap {
  /** How many; 0 when nobody knows. */
  readonly missed: number;
  /** "busy": the page did not keep up. "lost": a connection was. "unavailable": the backend was away. "too_large". */
  readonly code: ErrorCode;
}

/** Messages were left out at this place in the stream because the page asked for that: rate, or overflow "conflate". */
export interface Conflated {
  readonly missed: number;
}

/** Messages that were missed follow, before those that come. */
export interface Recovered {
  /** How many. */
  readonly messages: number;
}

export interface SocketEvents {
  message: [text: string, parts: Message];
  gap: [gap: Gap];
  conflated: [conflated: Conflated];
  recovered: [recovered: Recovered];
  error: [error: ZmqError];
  up: [address: string];
  down: [address: string, error: ZmqError];
  closed: [error: ZmqError | undefined];
}
