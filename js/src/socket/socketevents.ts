import type { ErrorCode, ZmqError } from '../errors.js';
import type { Message } from '../message/message.js';

/** Messages are missing at this place in the stream. */
export interface Gap {
  /** How many messages are missing; 0 when nobody knows. Of a PUSH it is how many may be: the bridge had not said that they have left. */
  readonly missed: number;
  /**
   * Why: "busy" when the page did not keep up, "lost" when a connection was lost, "unavailable" when the backend was away,
   * "too_large" when a message was over a limit.
   */
  readonly code: ErrorCode;
}

/** Messages were left out at this place in the stream because the page wanted it: with rate, or with overflow "conflate". */
export interface Conflated {
  /** How many messages were left out. */
  readonly missed: number;
}

/**
 * The messages that follow are of the past: the socket missed them, and the bridge still had them. A PUSH that is idempotent sends
 * them again, because the session was lost; some may arrive twice.
 */
export interface Recovered {
  /** How many messages they are. */
  readonly messages: number;
}

/** The events of a socket. */
export interface SocketEvents {
  /** A message has arrived. text is its last part. */
  message: [text: string, parts: Message];
  gap: [gap: Gap];
  conflated: [conflated: Conflated];
  recovered: [recovered: Recovered];
  /** Something failed: an endpoint, a subscription, or what was sent. */
  error: [error: ZmqError];
  /** The backend at this address is there. */
  up: [address: string];
  /** The backend at this address is not there. */
  down: [address: string, error: ZmqError];
  /** The socket is closed. error is set when the page has not closed it. */
  closed: [error: ZmqError | undefined];
}
