import type { ErrorCode } from '../errors.js';

/**
 * connecting: for the first time. connected: the bridge has welcomed this client. reconnecting: there is no connection
 * at the moment; sockets stay, and what is sent waits. draining: as connected, but the bridge has asked to leave, and
 * what is begun now waits for the next connection. closed: for good.
 */
export type ContextState = 'connecting' | 'connected' | 'reconnecting' | 'draining' | 'closed';

/** Where a Context stands with its bridge, and why. */
export interface Status {
  readonly state: ContextState;
  /** Why it is reconnecting, draining ("unavailable") or closed. */
  readonly code?: ErrorCode;
  /** The same, for people. */
  readonly reason?: string;
  /** Of connected: this connection goes on with the session of the one before it. Nothing was lost. */
  readonly resumed?: true;
}

/** A session could not be resumed: what the bridge held is gone, and everything is opened again. */
export interface Reset {
  /** "lost": the bridge no longer knows the session. "denied": it is another user's. */
  readonly code: ErrorCode;
  readonly reason: string;
}
