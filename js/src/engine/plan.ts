import { Frame, transferredFrame } from '../message/frame.js';
import { EventKind, Result } from './abi.js';
import type { Arrival, EngineEvent, EventSink } from './event.js';
import type { Memory } from './memory.js';

/** The number of words that a record has before its parts; wasm/plan_js.go says what they are. */
const header = 8;

/** How many words a plan that is used again keeps room for: more than what a WebSocket message of 64 KiB usually needs. */
const keep = 1 << 16;

const decoder = new TextDecoder();
const noText = new Uint8Array(0);

/** What was fed by a call that feeds nothing. */
const nothing = new ArrayBuffer(0);

/**
 * What one call of the engine made happen: Go writes it into linear memory as a list of records. It is copied out of there
 * before anybody is told, because whoever is told may call the engine again. The parts of messages are not copied: they
 * are views of the WebSocket message that was fed.
 *
 * To whoever is told of a message it is that message too, so that no object is made for each.
 */
export class Plan implements Arrival {
  #words = new Uint32Array(0);
  /** How many of the words count. */
  #count = 0;
  #text = noText;
  #fed = nothing;
  /** The first word of the message that somebody is being told of. */
  #at = 0;

  /** Takes what the last call left behind. Returns false if that is nothing. fed is the WebSocket message that it was given. */
  take(memory: Memory, fed = nothing): boolean {
    const count = memory.result(Result.PlanWords);
    if (count === 0) return false;
    if (count > this.#words.length) this.#words = new Uint32Array(Math.max(count, 1024));
    memory.copyWords(memory.result(Result.Plan), count, this.#words);
    const size = memory.result(Result.TextSize);
    this.#text = size === 0 ? noText : memory.view(memory.result(Result.Text), size).slice();
    this.#count = count;
    this.#fed = fed;
    return true;
  }

  /** Tells all that happened, in order. After that it can be used again. */
  tell(sink: EventSink): void {
    const words = this.#words;
    const count = this.#count;
    for (let at = 0; at < count; at += header + 2 * words[at + 7]!) {
      if ((words[at]! & 0xff) === EventKind.Message) {
        this.#at = at;
        sink.message(words[at + 1]!, this);
      } else sink.happened(this.#event(at));
    }
    this.#fed = nothing;
    if (words.length > keep) this.#words = new Uint32Array(0);
  }

  // The message that somebody is being told of.

  get offset(): number {
    return this.#id(this.#at);
  }

  get endpoint(): number {
    return this.#words[this.#at + 4]!;
  }

  get size(): number {
    const words = this.#words;
    const from = this.#at + header;
    const end = from + 2 * words[this.#at + 7]!;
    let size = 0;
    for (let i = from + 1; i < end; i += 2) size += words[i]!;
    return size;
  }

  parts(): Frame[] {
    return this.#parts(this.#at);
  }

  text(): string {
    const last = this.#at + header + 2 * (this.#words[this.#at + 7]! - 1);
    return this.#frame(last).toString();
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
    const parts: Frame[] = [];
    const end = at + header + 2 * this.#words[at + 7]!;
    for (let i = at + header; i < end; i += 2) parts.push(this.#frame(i));
    return parts;
  }

  /** The part whose place and length are the words at i. Perhaps an earlier part was transferred, and this one with it. */
  #frame(i: number): Frame {
    try {
      return new Frame(this.#fed, this.#words[i]!, this.#words[i + 1]!);
    } catch {
      return transferredFrame();
    }
  }
}
