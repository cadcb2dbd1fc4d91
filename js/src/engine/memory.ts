import type { Part } from '../message/message.js';
import { Result } from './abi.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text up to so many UTF-16 units is encoded in place, where three bytes have to be kept for each. */
const inPlace = 1 << 16;

/** The linear memory of an instance: lays input down, and reads results. */
export class Memory {
  readonly #memory: WebAssembly.Memory;
  readonly #alloc: (size: number) => number;
  readonly #results: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Uint32Array;

  constructor(memory: WebAssembly.Memory, alloc: (size: number) => number, results: number) {
    this.#memory = memory;
    this.#alloc = alloc;
    this.#results = results >>> 2;
    this.#bytes = new Uint8Array(memory.buffer as ArrayBuffer);
    this.#words = new Uint32Array(memory.buffer);
  }

  /** Memory that grew has a new buffer, and views of the old one are empty. Call it after every call into Go. */
  #refresh(): void {
    if (this.#bytes.buffer === this.#memory.buffer) return;
    this.#bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  #room(size: number): number {
    const at = this.#alloc(size);
    this.#refresh();
    return at;
  }

  /** Lays bytes down. */
  layBytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Lays a message down: the length of each part as a word, then the parts. Returns the size of it all. */
  layParts(message: readonly Part[]): number {
    const header = 4 * message.length;
    let room = header;
    for (const part of message) {
      if (typeof part !== 'string') room += part.length;
      else if (part.length <= inPlace) room += 3 * part.length;
      else return this.layParts(message.map(encoded));
    }
    const start = this.#room(room);
    let end = start + header;
    for (let i = 0; i < message.length; i++) {
      const size = this.#write(message[i]!, end);
      this.#words[(start >>> 2) + i] = size;
      end += size;
    }
    return end - start;
  }

  #write(part: Part, at: number): number {
    if (typeof part !== 'string') {
      this.#bytes.set(part, at);
      return part.length;
    }
    return encoder.encodeInto(part, this.#bytes.subarray(at, at + 3 * part.length)).written;
  }

  /** One word of the results. */
  result(index: (typeof Result)[keyof typeof Result]): number {
    this.#refresh();
    return this.#words[this.#results + index]!;
  }

  /** The number of what was just made. */
  id(): number {
    return this.result(Result.IDHigh) * 2 ** 32 + this.result(Result.IDLow);
  }

  /** A copy of words that end with the call. */
  words(at: number, count: number): Uint32Array {
    this.#refresh();
    return this.#words.slice(at >>> 2, (at >>> 2) + count);
  }

  /** A view of bytes, which is good until the next call. */
  view(at: number, size: number): Uint8Array<ArrayBuffer> {
    this.#refresh();
    return this.#bytes.subarray(at, at + size);
  }

  /** A view of the output of the last call, or of a range of it. */
  output(from = 0, to = this.result(Result.OutputSize)): Uint8Array<ArrayBuffer> {
    const at = this.result(Result.Output);
    return this.view(at + from, to - from);
  }

  text(at: number, size: number): string {
    return size === 0 ? '' : decoder.decode(this.view(at, size));
  }

  outputText(from?: number, to?: number): string {
    return decoder.decode(this.output(from, to));
  }
}

function encoded(part: Part): Uint8Array {
  return typeof part === 'string' ? encoder.encode(part) : part;
}
