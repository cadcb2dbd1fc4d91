import { EventKind } from '../engine/abi.js';
import type { Arrival, EngineEvent } from '../engine/event.js';
import type { Happened } from '../guest/terms.js';

/** How many words a run of messages has before the first of them; engine/plan.ts reads what is written here. */
const runHeader = 6;

/** How much room there is at first. */
const fewWords = 256;
const fewBytes = 1 << 12;

/** The kinds of what happens to a socket unasked, and how many of these may wait to be taken out. */
const { Opened, Down, Up, Subscribed, Gap, Recovered, Positioned } = EventKind;
const unasked: readonly number[] = [Opened, Down, Up, Subscribed, Gap, Recovered, Positioned];
const maxUnasked = 1 << 16;

const encoder = new TextEncoder();

/** Writes down what happened, as the engine does, but for one page. The bytes of messages are copied once. */
export class PlanWriter {
  #words = new Uint32Array(fewWords);
  #count = 0;
  readonly #began: () => void;
  readonly #overflowed: () => void;
  #unasked = 0;
  #text = new Uint8Array(0);
  #textUsed = 0;
  #bytes = new Uint8Array(0);
  #used = 0;
  /** The place of the last record, if it is a run that more messages can be added to; -1 where it is not. */
  #run = -1;
  /** The place of the last record, if it is one of the kind that only its last of counts. */
  #last = -1;

  /** began is called when there is something to take out, overflowed when too much of it was asked for by nobody. */
  constructor(began: () => void, overflowed: () => void) {
    this.#began = began;
    this.#overflowed = overflowed;
  }

  message(socket: number, endpoint: number, arrival: Arrival): void {
    const { offset, size } = arrival;
    const parts = arrival.parts();
    if (offset !== 0 || this.#run < 0 || this.#words[this.#run + 1] !== socket) this.#beginRun(socket, endpoint, offset);
    this.#words[this.#run + 2]! += 1;
    const first = parts[0]!;
    const place = this.#copy(new Uint8Array(first.buffer, first.byteOffset, size)); // the parts of a message stand side by side
    this.#write(place, size, parts.length);
    for (let i = 0; i < parts.length - 1; i++) this.#write(parts[i]!.length);
    if (offset !== 0) this.#run = -1; // each place in a history is a run of its own
  }

  #beginRun(socket: number, endpoint: number, offset: number): void {
    const at = this.#count;
    this.#write(EventKind.Message, socket, 0, endpoint, offset >>> 0, Math.floor(offset / 2 ** 32));
    this.#run = at;
    this.#last = -1;
    if (this.#count - at !== runHeader) throw new RangeError('a run has another header');
  }

  event({ kind, code, remote, socket, id, count, text, parts }: EngineEvent): void {
    this.#run = -1;
    this.#last = this.#count;
    const from = this.#textUsed;
    if (text !== '') this.#addText(encoder.encode(text));
    const head = kind | (code << 8) | (remote ? 1 << 16 : 0);
    this.#write(head, socket, id >>> 0, Math.floor(id / 2 ** 32), count, from, this.#textUsed - from, parts.length);
    for (const part of parts) this.#write(this.#copy(part), part.length);
    if (unasked.includes(kind) && ++this.#unasked === maxUnasked) this.#overflowed();
  }

  /** The same for an event that says how far something has come: right after another one of its kind, it replaces that. */
  progress(kind: number, socket: number, id: number): void {
    const words = this.#words;
    const at = this.#last;
    if (at >= 0 && words[at] === kind && words[at + 1] === socket) {
      words[at + 2] = id >>> 0;
      words[at + 3] = Math.floor(id / 2 ** 32);
    } else this.event({ kind, code: 0, remote: false, socket, id, count: 0, text: '', parts: [] });
  }

  #addText(more: Uint8Array): void {
    this.#text = roomy(this.#text, this.#textUsed, more.length);
    this.#text.set(more, this.#textUsed);
    this.#textUsed += more.length;
  }

  #write(...words: number[]): void {
    if (this.#count === 0) this.#began();
    if (this.#count + words.length > this.#words.length) {
      const grown = new Uint32Array(2 * this.#words.length + words.length);
      grown.set(this.#words);
      this.#words = grown;
    }
    for (const word of words) this.#words[this.#count++] = word;
  }

  /** Returns the place of the copy. */
  #copy(bytes: Uint8Array): number {
    const place = this.#used;
    this.#bytes = roomy(this.#bytes, place, bytes.length);
    this.#bytes.set(bytes, place);
    this.#used += bytes.length;
    return place;
  }

  /** Takes all of it out. */
  take(): Pick<Happened, 'words' | 'text' | 'bytes'> {
    const taken = { words: this.#words.slice(0, this.#count), text: this.#text, bytes: this.#bytes.buffer };
    this.#count = this.#used = this.#textUsed = this.#unasked = 0;
    this.#run = this.#last = -1;
    this.#text = new Uint8Array(0);
    this.#bytes = new Uint8Array(0);
    return taken;
  }
}

/** Has room for so many bytes behind those that are used. */
function roomy(bytes: Uint8Array<ArrayBuffer>, used: number, more: number): Uint8Array<ArrayBuffer> {
  if (used + more <= bytes.length) return bytes;
  const grown = new Uint8Array(Math.max(fewBytes, 2 * bytes.length, used + more));
  grown.set(bytes.subarray(0, used));
  return grown;
}
