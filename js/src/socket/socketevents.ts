import type { ErrorCode, ZmqError } from '../errors.js';
import type { Message } from '../message/message.js';

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
