/**
 * What interrupts the flow of messages. gap: some are missing. drop: some were left out because the page wanted that. down: a
 * service went away. cut and reset: the connection broke, and the session goes on or does not. back: it all goes on.
 */
export type Interruption = 'gap' | 'drop' | 'down' | 'refused' | 'cut' | 'reset' | 'back';

export interface TimelineEvent {
  readonly what: Interruption;
  readonly when: number;
  /** The socket, or '' where it is the connection's. */
  readonly where: string;
  readonly text: string;
  /** Messages that are missing by it; 0: none, or nobody knows. */
  missed: number;
}

/** How many events are kept, and within how many milliseconds those of one kind and place are one. */
export const MOST_EVENTS = 1000;
const TOGETHER = 1000;

/** The last events, the oldest first. */
export class Timeline {
  /** Events that made room for later ones. */
  dropped = 0;
  version = 0;
  #events: TimelineEvent[] = [];

  get events(): readonly TimelineEvent[] {
    return this.#events;
  }

  /** Adds an event; or, where many come together, its messages to the one before it. Returns whether it is a new one. */
  add(what: Interruption, where: string, text: string, missed = 0, when = Date.now()): boolean {
    this.version++;
    const last = this.#last(where);
    if (last !== undefined && last.what === what && last.text === text && when - last.when < TOGETHER) {
      last.missed += missed;
      return false;
    }
    if (this.#events.push({ what, when, where, text, missed }) > MOST_EVENTS) {
      this.#events.shift();
      this.dropped++;
    }
    return true;
  }

  #last(where: string): TimelineEvent | undefined {
    for (let i = this.#events.length - 1; i >= 0; i--) if (this.#events[i]!.where === where) return this.#events[i];
    return undefined;
  }

  clear(): void {
    this.#events = [];
    this.dropped = 0;
    this.version++;
  }
}
