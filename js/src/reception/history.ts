import type { Message } from '../message/message.js';
import { type Place, type Position, positionOf } from '../message/position.js';
import type { Delivery } from './delivery.js';
import type { Inbox } from './inbox.js';

/** What the next page needs to know of a history; nothing when there is none. */
export interface HistorySnapshot {
  readonly offset?: number;
  readonly epoch?: string;
  /** The epoch of what arrives next. */
  readonly next?: string;
}

/**
 * Where a socket is in the histories that the bridge keeps of its endpoints. What has arrived may still wait in the inbox;
 * a page has got as far as the last message that it was handed.
 */
export class History {
  readonly #inbox: Inbox;
  /** The epoch of what arrives, by endpoint. */
  readonly #epochs = new Map<number, string>();
  /** How many messages of the past are still to arrive, by endpoint. */
  readonly #recovering = new Map<number, number>();
  /** The place that the page has got to, by endpoint. */
  readonly #handed = new Map<number, Place>();

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  /** The socket is at this place of the history of an endpoint, and what arrives from here on belongs to this epoch. */
  positioned(endpoint: number, offset: number, epoch: string): void {
    this.#epochs.set(endpoint, epoch);
    this.#recovering.delete(endpoint);
    this.#inbox.mark(() => this.#handed.set(endpoint, { endpoint, offset, epoch }));
  }

  /** Goes on where the page before was; what arrives next belongs to the epoch next. */
  restore(place: Place, next: string): void {
    this.#epochs.set(place.endpoint, next);
    this.#handed.set(place.endpoint, place);
  }

  /** What the next page needs for restore. */
  snapshot(endpoint: number): HistorySnapshot {
    const { offset, epoch } = this.#handed.get(endpoint) ?? {};
    const next = this.#epochs.get(endpoint);
    return offset === undefined || epoch === undefined || next === undefined ? {} : { offset, epoch, next };
  }

  /** So many of the messages of an endpoint that arrive next are of the past: the socket missed them at first. */
  recovered(endpoint: number, messages: number): void {
    this.#recovering.set(endpoint, messages);
  }

  /** Finds the place of a message that has arrived. Marks the message when the socket missed it at first. */
  locate(message: Message, endpoint: number, offset: number): Place {
    const left = this.#recovering.get(endpoint) ?? 0;
    if (left > 0) {
      this.#recovering.set(endpoint, left - 1);
      Object.defineProperty(message, 'recovered', { value: true });
    }
    return { endpoint, offset, epoch: this.#epochs.get(endpoint) ?? '' };
  }

  /** A message is handed to the page. */
  handed({ place }: Delivery): void {
    if (place !== undefined) this.#handed.set(place.endpoint, place);
  }

  /** The position that the page has got to in the history of an endpoint. */
  position(endpoint: number): Position | undefined {
    const place = this.#handed.get(endpoint);
    return place === undefined ? undefined : positionOf(place);
  }
}
