import { Part, type Payload } from './part.js';
import { Ring } from './ring.js';
import type { Samples } from './samples.js';

/** How many seconds the activity of a topic goes back. */
export const RECENT = 32;

/** How many of them the rate is the mean of. */
const MEAN = 5;

/** A node of the tree: a topic, what several topics begin with, or both. */
export class Topic {
  readonly children = new Map<string, Topic>();
  readonly depth: number;
  /** Whether its children are shown. */
  open = false;
  pinned = false;
  /** Messages and their bytes, here and below. */
  count = 0;
  bytes = 0;
  /** Messages of this very topic. */
  own = 0;
  /** The last message of it, and when that came. */
  parts: readonly Part[] = [];
  when = 0;
  /** Bytes that the last message has, and that are kept of it. */
  size = 0;
  kept = 0;
  /** Where somebody looks at its numbers. */
  samples: Samples | undefined;
  readonly recent: Ring;
  readonly #since: number;
  #sorted: Topic[] | undefined;

  /** label is the piece that it adds to the prefix of its parent; name is what both make together. */
  constructor(
    readonly parent: Topic | undefined,
    readonly label: string,
    readonly name: string,
    now: number,
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.recent = new Ring(RECENT, now);
    this.#since = now;
  }

  /** The root above it: a socket. */
  get root(): Topic {
    return this.parent === undefined ? this : this.parent.root;
  }

  /** The children in the order of their names. */
  get sorted(): readonly Topic[] {
    return (this.#sorted ??= [...this.children.values()].sort((a, b) => collator.compare(a.label, b.label)));
  }

  add(child: Topic): void {
    this.children.set(child.label, child);
    this.#sorted = undefined;
  }

  /** Counts messages that came here or below. */
  tally(messages: number, bytes: number, now: number): void {
    this.count += messages;
    this.bytes += bytes;
    this.recent.add(messages, now);
  }

  /** Messages per second of late, the second that is not over left out. */
  rate(now: number): number {
    this.recent.advance(now);
    const seconds = Math.min(MEAN, Math.max(1, now - this.#since));
    return this.recent.sum(now - seconds, seconds) / seconds;
  }

  /** Keeps copies of the last message, of each part so many bytes at most. */
  keep(parts: Payload, when: number, most: number): void {
    this.parts = parts.map((part) => new Part(part, most));
    this.size = this.parts.reduce((sum, part) => sum + part.size, 0);
    this.kept = this.parts.reduce((sum, part) => sum + part.bytes.length, 0);
    this.when = when;
  }
}

const collator = new Intl.Collator('en', { numeric: true });
