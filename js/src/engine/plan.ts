import { Frame } from '../message/frame.js';
import { EventKind, Result } from './abi.js';
import type { EngineEvent, EventSink } from './event.js';
import type { Memory } from './memory.js';

/** The number of words that a record has before its parts; wasm/plan_js.go says what they are. */
const header = 8;

const decoder = new TextDecoder();

/**
 * What one call of the engine made happen: Go writes it into linear memory as a list of records. It is copied out of there
 * before anybody is told, because whoever is told may call the engine again. The parts of messages are not copied: they
 * are views of the WebSocket message that was fed.
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

  /** Takes the plan that the last call left behind, if it left one. fed is the WebSocket message that it was given. */
  static take(memory: Memory, fed: ArrayBuffer): Plan | undefined {
    const count = memory.result(Result.PlanWords);
    if (count === 0) return undefined;
    const words = memory.words(memory.result(Result.Plan), count);
    const text = memory.view(memory.result(Result.Text), memory.result(Result.TextSize)).slice();
    return new Plan(words, text, fed);
  }

  /** Tells all that happened, in order. */
  tell(sink: EventSink): void {
    const words = this.#words;
    for (let at = 0; at < words.length; at += header + 2 * words[at + 7]!) {
      if ((words[at]! & 0xff) === EventKind.Message) {
        sink.message(words[at + 1]!, this.#parts(at), this.#id(at), words[at + 4]!);
      } else sink.happened(this.#event(at));
    }
  }

  // at is always the index of the first word of a record.

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
