import { Frame } from '../message/frame.js';
import { EventKind, Result } from './abi.js';
import type { Memory } from './memory.js';

/** One thing that happened, other than a message: core.Event. */
export interface EngineEvent {
  readonly kind: number; // of EventKind
  readonly code: number;
  readonly remote: boolean;
  readonly socket: number;
  readonly id: number; // endpoint, subscription or request; the offset of Positioned
  readonly count: number; // messages missed, or milliseconds; the endpoint of Positioned
  readonly text: string;
  readonly parts: Frame[];
}

/** Who is told what happened. */
export interface EventSink {
  /**
   * A message came: by far the most of all that happens. offset and endpoint are its place in a history; offset is 0
   * where the bridge keeps none.
   */
  message(socket: number, parts: Frame[], offset: number, endpoint: number): void;
  happened(event: EngineEvent): void;
}

/** Words of a record before its parts (wasm/plan_js.go). */
const header = 8;

const decoder = new TextDecoder();

/**
 * What one call made happen. It is taken out of linear memory before anybody is told: what they do next may call the
 * engine again. Parts are views of the bytes that were fed.
 */
export class Plan {
  readonly #words: Uint32Array;
  readonly #text: Uint8Array;
  readonly #fed: ArrayBuffer;

  private constructor(words: Uint32Array, text: Uint8Array, fed: ArrayBuffer) {
    this.#words = words;
    this.#text = text;
    this.#fed = fed;
  }

  /** Takes the plan that the last call left, if it left one. */
  static take(memory: Memory, fed: ArrayBuffer): Plan | undefined {
    const count = memory.result(Result.PlanWords);
    if (count === 0) return undefined;
    const words = memory.words(memory.result(Result.Plan), count);
    const text = memory.view(memory.result(Result.Text), memory.result(Result.TextSize)).slice();
    return new Plan(words, text, fed);
  }

  /** Tells all of it, in order. */
  tell(sink: EventSink): void {
    const words = this.#words;
    for (let at = 0; at < words.length; at += header + 2 * words[at + 7]!) {
      if ((words[at]! & 0xff) === EventKind.Message) {
        sink.message(words[at + 1]!, this.#parts(at), this.#id(at), words[at + 4]!);
      } else sink.happened(this.#event(at));
    }
  }

  #event(at: number): EngineEvent {
    const words = this.#words;
    const head = words[at]!;
    const text = words[at + 5]!;
    const size = words[at + 6]!;
    return {
      kind: head & 0xff,
      code: (head >>> 8) & 0xff,
      remote: head >>> 16 !== 0,
      socket: words[at + 1]!,
      id: this.#id(at),
      count: words[at + 4]!,
      text: size === 0 ? '' : decoder.decode(this.#text.subarray(text, text + size)),
      parts: this.#parts(at),
    };
  }

  #id(at: number): number {
    return this.#words[at + 3]! * 2 ** 32 + this.#words[at + 2]!;
  }

  #parts(at: number): Frame[] {
    const words = this.#words;
    const parts: Frame[] = [];
    const end = at + header + 2 * words[at + 7]!;
    for (let i = at + header; i < end; i += 2) parts.push(new Frame(this.#fed, words[i]!, words[i + 1]!));
    return parts;
  }
}
