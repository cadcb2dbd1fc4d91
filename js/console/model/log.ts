import { keep, type Part, type Payload } from './part.js';
import type { Recording } from './recording.js';
import type { Source, Traffic } from './traffic.js';

export type Direction = 'in' | 'out' | 'note';

/** How a note is meant. */
export type Tone = '' | 'warn' | 'bad';

/** One row of the log: a message, or a note about its source. */
export interface LogRecord {
  readonly source: Source;
  readonly direction: Direction;
  readonly when: number;
  /** Of a message. */
  readonly parts: readonly Part[];
  /** Of a note. */
  readonly text?: string;
  readonly tone: Tone;
  /** How many messages were only counted after this one. */
  more: number;
}

/** Is told what happens to the log. */
export interface LogWatcher {
  added(record: LogRecord): void;
  /** A record has more messages behind it. */
  counted(record: LogRecord): void;
}

/** How many records are kept. */
export const LIMIT = 500;

/** How many messages a second become records. Beyond that they are only counted, on the record of their source before. */
const RATE = 80;

/** The last messages and notes. */
export class Log {
  watcher: LogWatcher | undefined;
  /** Where all messages go besides, while somebody records. */
  recording: Recording | undefined;
  #records: LogRecord[] = [];
  readonly #latest = new WeakMap<Source, LogRecord>();
  #tokens = RATE;
  #at = performance.now();

  constructor(readonly traffic: Traffic) {}

  get records(): readonly LogRecord[] {
    return this.#records;
  }

  /** A message has come or gone. */
  message(source: Source, direction: Direction, parts: Payload, when = Date.now()): void {
    this.traffic.count(source);
    this.recording?.message(source, direction, parts, when);
    const now = performance.now();
    this.#tokens = Math.min(RATE, this.#tokens + ((now - this.#at) * RATE) / 1000);
    this.#at = now;
    const latest = this.#latest.get(source);
    if (this.#tokens < 1 && latest !== undefined) {
      latest.more++;
      this.watcher?.counted(latest);
      return;
    }
    this.#tokens--;
    const record: LogRecord = { source, direction, tone: '', parts: keep(parts), when, more: 0 };
    this.#latest.set(source, record);
    this.#add(record);
  }

  /** Something happened to a source that is no message. */
  note(source: Source, text: string, tone: Tone = ''): void {
    this.#add({ source, direction: 'note', tone, text, parts: [], when: Date.now(), more: 0 });
  }

  #add(record: LogRecord): void {
    if (this.#records.push(record) > LIMIT) this.#records.shift();
    this.watcher?.added(record);
  }

  /** Forgets all records, and the traffic. */
  clear(): void {
    this.#records = [];
    this.traffic.clear();
  }
}
