import type { ErrorCode } from '../errors.js';

/**
 * The state of a context.
 *
 * - connecting: there was no connection yet. Once an attempt has failed, its reason stands beside.
 * - connected: the bridge has welcomed this client.
 * - reconnecting: there is no connection at the moment. Sockets stay, and what is sent waits.
 * - draining: it is still connected, but the bridge has asked it to leave. What begins now waits for the next connection.
 * - closed: there will be no connection any more.
 */
export type ContextState = 'connecting' | 'connected' | 'reconnecting' | 'draining' | 'closed';

/** Where the engine and the connection of a context are that wanted them in a worker. */
export interface Location {
  /** "shared": in a worker for all tabs. "worker": in one of this page. "page": in this page. It is missing where nobody asked. */
  readonly where?: 'page' | 'worker' | 'shared';
  /** Why it is not where it was wanted, in words for people. */
  readonly fallback?: string;
}

/** Where a Context stands with its bridge, and why. */
export interface Status extends Location {
  readonly state: ContextState;
  /** Why it is still connecting, reconnecting, draining ("unavailable") or closed. */
  readonly code?: ErrorCode;
  /** The same in words, for people. */
  readonly reason?: string;
  /** Set with "connected" when this connection goes on with the session of the one before it. Nothing was lost then. */
  readonly resumed?: true;
}

/** A session could not be resumed. What the bridge held of it is gone, and everything is opened again. */
export interface Reset {
  /** "lost": the bridge no longer knows the session. "denied": the session is another user's. */
  readonly code: ErrorCode;
  readonly reason: string;
}
