import { type Frame, frameOf, transferredFrame } from '../message/frame.js';
import { EventKind, Result } from './abi.js';
import type { Arrival, EngineEvent, EventSink } from './event.js';
import type { Memory } from './memory.js';

/** The number of words that the record of an event has before its parts; wasm/plan_js.go says what they are. */
const header = 8;

/** The same of a run of messages before the first of them, and of a message before the lengths of its parts. */
const runHeader = 6;
const messageHeader = 3;

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
  /** The first word of the run, and of the message in it, that somebody is being told of. */
  #run = 0;
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

  /** Takes the same from elsewhere: the words and the text of what happened, and the bytes that they refer to. */
  put(words: Uint32Array<ArrayBuffer>, text: Uint8Array<ArrayBuffer>, bytes: ArrayBuffer): void {
    this.#words = words;
    this.#count = words.length;
    this.#text = text;
    this.#fed = bytes;
  }

  /** Tells all that happened, in order. After that it can be used again. Returns whether it was anything but messages. */
  tell(sink: EventSink): boolean {
    const words = this.#words;
    const count = this.#count;
    let others = false;
    for (let at = 0; at < count; ) {
      if ((words[at]! & 0xff) === EventKind.Message) at = this.#tellRun(sink, at);
      else {
        others = true;
        sink.happened(this.#event(at));
        at += header + 2 * words[at + 7]!;
      }
    }
    this.#fed = nothing;
    if (words.length > keep) this.#words = new Uint32Array(0);
    return others;
  }

  /** Tells of the messages of a run. Returns the index of the word behind it. */
  #tellRun(sink: EventSink, run: number): number {
    const words = this.#words;
    const socket = words[run + 1]!;
    let at = run + runHeader;
    this.#run = run;
    for (let left = words[run + 2]!; left > 0; left--) {
      this.#at = at;
      sink.message(socket, this);
      at += messageHeader - 1 + words[at + 2]!;
    }
    return at;
  }

  // The message that somebody is being told of.

  get offset(): number {
    return this.#words[this.#run + 5]! * 2 ** 32 + this.#words[this.#run + 4]!;
  }

  get endpoint(): number {
    return this.#words[this.#run + 3]!;
  }

  get size(): number {
    return this.#words[this.#at + 1]!;
  }

  parts(): Frame[] {
    const words = this.#words;
    const at = this.#at;
    const place = words[at]!;
    const size = words[at + 1]!;
    const count = words[at + 2]!;
    if (count === 1) return [this.#frame(place, size)]; // a list that is written out takes no more memory than it needs
    const first = words[at + messageHeader]!;
    if (count === 2) return [this.#frame(place, first), this.#frame(place + first, size - first)];
    const parts: Frame[] = [];
    let from = place;
    for (let i = at + messageHeader; i < at + messageHeader + count - 1; i++) {
      parts.push(this.#frame(from, words[i]!));
      from += words[i]!;
    }
    parts.push(this.#frame(from, place + size - from));
    return parts;
  }

  text(): string {
    const words = this.#words;
    let place = words[this.#at]!;
    const end = place + words[this.#at + 1]!;
    const first = this.#at + messageHeader;
    const last = first + words[this.#at + 2]! - 1;
    for (let i = first; i < last; i++) place += words[i]!;
    return this.#frame(place, end - place).toString();
  }

  // at is always the index of the first word of the record of an event.

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
    for (let i = at + header; i < end; i += 2) parts.push(this.#frame(this.#words[i]!, this.#words[i + 1]!));
    return parts;
  }

  /** The part at a place in what was fed. Perhaps an earlier part was transferred, and this one with it. */
  #frame(place: number, size: number): Frame {
    try {
      return frameOf(this.#fed, place, size);
    } catch {
      return transferredFrame();
    }
  }
}
