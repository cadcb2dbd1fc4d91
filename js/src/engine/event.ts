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

/** A message that has arrived. It can be read while its receiver is being told of it, and not afterwards. */
export interface Arrival {
  /** The message's place in the history of an endpoint. The offset is 0 where the bridge keeps no history. */
  readonly offset: number;
  readonly endpoint: number;
  /** The bytes of all parts together. */
  readonly size: number;
  /** Makes the parts. They are views of what the WebSocket has received, and stay. */
  parts(): Frame[];
  /** The last part as text. */
  text(): string;
}

/** Whoever is told what happened. */
export interface EventSink {
  /**
   * A message has arrived. This happens far more often than all else, so it has a method of its own, and no object is made
   * for it.
   */
  message(socket: number, arrival: Arrival): void;
  /** Something else has happened. */
  happened(event: EngineEvent): void;
}
