import type { Delivery, Inbox } from './inbox.js';
import type { Message } from '../message/message.js';
import { type Place, type Position, positionOf } from '../message/position.js';

/**
 * Where a socket is in the histories that the bridge keeps of its endpoints. What has come may still wait in the inbox;
 * what counts is how far it was handed to the page.
 */
export class History {
  readonly #inbox: Inbox;
  readonly #epochs = new Map<number, string>(); // of what comes, by endpoint
  readonly #recovering = new Map<number, number>(); // messages still to come, by endpoint
  readonly #handed = new Map<number, Place>();

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  /** What comes from an endpoint belongs to this epoch from here on. */
  positioned(endpoint: number, offset: number, epoch: string): void {
    this.#epochs.set(endpoint, epoch);
    this.#recovering.delete(endpoint);
    this.#inbox.mark(() => this.#handed.set(endpoint, { endpoint, offset, epoch }));
  }

  /** Goes on for the page before: it was there, and what comes next is of that epoch. */
  restore(place: Place, next: string): void {
    this.#epochs.set(place.endpoint, next);
    this.#handed.set(place.endpoint, place);
  }

  /** What restore needs to know. */
  snapshot(endpoint: number): { offset?: number; epoch?: string; next?: string } {
    const { offset, epoch } = this.#handed.get(endpoint) ?? {};
    const next = this.#epochs.get(endpoint);
    return offset === undefined || epoch === undefined || next === undefined ? {} : { offset, epoch, next };
  }

  /** So many messages of an endpoint that come next were missed before. */
  recovered(endpoint: number, messages: number): void {
    this.#recovering.set(endpoint, messages);
  }

  /** Finds the place of a message that came, and marks it if it was missed before. */
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

  /** Where the page is, with an endpoint. */
  position(endpoint: number): Position | undefined {
    const place = this.#handed.get(endpoint);
    return place === undefined ? undefined : positionOf(place);
  }
}
