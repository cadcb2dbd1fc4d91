import type { Frame } from '../message/frame.js';

/** One thing that happened, other than a message: client.Event of core. */
export interface EngineEvent {
  readonly kind: number; // one of EventKind
  readonly code: number; // what went wrong, as a place in the list of codes in errors.ts
  readonly remote: boolean; // the bridge said so
  readonly socket: number; // 0 for an event of the connection
  readonly id: number; // of an endpoint, subscription or request; for Positioned, the offset
  readonly count: number; // of messages, or of milliseconds; for Positioned, the endpoint
  readonly text: string; // what went wrong; for Positioned, the epoch
  readonly parts: Frame[];
}

/** Whoever is told what happened. */
export interface EventSink {
  /**
   * A message has arrived. This happens far more often than all else, so it has a method of its own, and no object is made
   * for it. offset and endpoint are the message's place in a history; offset is 0 where the bridge keeps no history.
   */
  message(socket: number, parts: Frame[], offset: number, endpoint: number): void;
  /** Something else has happened. */
  happened(event: EngineEvent): void;
}
