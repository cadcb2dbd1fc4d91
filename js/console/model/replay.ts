import { isKind, type Kind, subscribes } from './kind.js';
import type { Direction } from './log.js';
import type { Observations } from './observations.js';
import type { Payload } from './part.js';
import type { Source } from './traffic.js';

/** A message that was recorded, and when. */
interface Recorded {
  readonly when: number;
  readonly source: Source;
  readonly direction: Direction;
  readonly parts: readonly unknown[];
}

/** Has what was recorded happen again: to what is seen, and to no socket. */
export class Replay {
  readonly #observed: Observations;
  readonly #sources = new Map<string, Source & { gone: boolean }>();
  readonly #messages: Recorded[] = [];
  #played = 0;

  /** text is that of a recording, or of exported lines of JSON. Throws an Error that says in which line it is neither. */
  constructor(text: string, observed: Observations) {
    this.#observed = observed;
    let since = 0; // to which the times of a recording count
    for (const [i, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue;
      const record = parsed(line);
      if (record?.['recording'] === 1) since = Date.parse(String(record['since']));
      else this.#add(record, since, i + 1);
    }
    if (this.#messages.length === 0) throw new Error('there is no message in it');
    this.#messages.sort((a, b) => a.when - b.when); // a list may begin with the last one
  }

  #add(record: Record<string, unknown> | undefined, since: number, line: number): void {
    const { at, time, socket, address, direction, parts } = record ?? {};
    const when = typeof at === 'number' ? since + at : Date.parse(String(time));
    const known = typeof socket === 'string' && typeof address === 'string' && (direction === 'in' || direction === 'out');
    if (!known || !Number.isFinite(when) || !Array.isArray(parts)) throw new Error(`line ${line} is no message that was recorded`);
    this.#messages.push({ when, source: this.#source(socket, address), direction, parts });
  }

  #source(name: string, address: string): Source {
    let source = this.#sources.get(name);
    const type = name.split(' ')[0]!;
    const kind: Kind = isKind(type) ? type : 'SUB';
    if (source === undefined) this.#sources.set(name, (source = { name: `${name} (recorded)`, kind, address, seen: 0, gone: false }));
    return source;
  }

  /** How much of it was played, from 0 to 1. */
  get done(): number {
    return this.#played / this.#messages.length;
  }

  get messages(): number {
    return this.#messages.length;
  }

  /** Plays what was recorded up to so many milliseconds after the first message, but so many messages at most. */
  advance(to: number, most: number): void {
    const { log, topics } = this.#observed;
    for (let i = 0; i < most && this.#played < this.#messages.length; i++) {
      const { when, source, direction, parts } = this.#messages[this.#played]!;
      if (when - this.#messages[0]!.when > to) return;
      this.#played++;
      const payload = parts.map(payloadOf);
      log.message(source, direction, payload, when);
      if (direction === 'in' && (subscribes(source.kind) || source.kind === 'PULL')) topics.receive(source, payload, sizeOf(payload));
    }
  }

  /** Its sockets are gone. What they said stays in the log. */
  end(): void {
    for (const source of this.#sources.values()) {
      source.gone = true;
      this.#observed.drop(source);
    }
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A part as it was: text, or bytes. */
function payloadOf(part: unknown): string | Uint8Array {
  if (typeof part === 'string') return part;
  const { base64 } = (part ?? {}) as { base64?: unknown };
  try {
    return Uint8Array.from(atob(String(base64)), (char) => char.charCodeAt(0));
  } catch {
    return '';
  }
}

function sizeOf(parts: Payload): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
