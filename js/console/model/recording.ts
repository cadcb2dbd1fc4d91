import type { Direction } from './log.js';
import { recordedParts } from './records.js';
import type { Payload } from './part.js';
import type { Source } from './traffic.js';

/** How many characters a recording has at most. What comes after is counted. */
export const MOST_RECORDED = 64 << 20;

/** All messages from when it was started on, whole and none left out, as lines of JSON that say so first. */
export class Recording {
  readonly since = Date.now();
  messages = 0;
  size = 0;
  /** Messages that found no room. */
  missing = 0;
  #lines: string[] = [];

  message({ name, address }: Source, direction: Direction, parts: Payload, when: number): void {
    const at = when - this.since;
    const line = `${JSON.stringify({ at, socket: name, address, direction, parts: recordedParts(parts) })}\n`;
    if (this.size + line.length > MOST_RECORDED) {
      this.missing++;
      return;
    }
    this.#lines.push(line);
    this.size += line.length;
    this.messages++;
  }

  /** The pieces of the file: how many messages are in it, and when it began, from which their times count in milliseconds. */
  get file(): string[] {
    const { messages, missing } = this;
    const head = { recording: 1, since: new Date(this.since).toISOString(), messages, missing };
    return [`${JSON.stringify(head)}\n`, ...this.#lines];
  }
}
