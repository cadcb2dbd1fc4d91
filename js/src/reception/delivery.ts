import type { Message } from '../message/message.js';
import type { Place } from '../message/position.js';

/** A message that has arrived; on a REP socket, a request. */
export interface Delivery {
  /** The number of the request; 0 for a message. */
  readonly id: number;
  readonly parts: Message;
  /** The bytes of all parts, when it arrived: of parts that were transferred nobody can tell any more. */
  readonly size: number;
  /** Its place in a history, if the bridge keeps one. */
  readonly place: Place | undefined;
}
