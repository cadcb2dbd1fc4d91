import type { Part } from '../message/message.js';
import { Result } from './abi.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Text of at most so many UTF-16 units is encoded straight into linear memory. That needs room for three bytes per unit,
 * which would be wasteful for longer text: that is encoded beforehand, so that its size is known.
 */
const inPlace = 1 << 16;

/** Text of at most so many UTF-16 units is written faster by hand than by an encoder, if it is ASCII. */
const short = 128;

/**
 * The linear memory of an instance of zmq.wasm. Before a call, its input is laid down here; after it, its results are read
 * from here. wasm/memory_js.go is the other side.
 */
export class Memory {
  readonly #memory: WebAssembly.Memory;
  readonly #alloc: (size: number) => number;
  readonly #results: number;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Uint32Array;

  /** alloc makes room for the input of the next call; results is the address of the results. */
  constructor(memory: WebAssembly.Memory, alloc: (size: number) => number, results: number) {
    this.#memory = memory;
    this.#alloc = alloc;
    this.#results = results >>> 2;
    this.#bytes = new Uint8Array(memory.buffer as ArrayBuffer);
    this.#words = new Uint32Array(memory.buffer);
  }

  /**
   * Any call into Go can make the memory grow. It has a new buffer then, and views of the old one are empty, so this is
   * called before a view is used.
   */
  #refresh(): void {
    if (this.#bytes.buffer === this.#memory.buffer) return;
    this.#bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer);
    this.#words = new Uint32Array(this.#memory.buffer);
  }

  /** Makes room for input, and returns its address. */
  #room(size: number): number {
    const at = this.#alloc(size);
    this.#refresh();
    return at;
  }

  /** Lays bytes down as the input of the next call. */
  layBytes(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /**
   * Lays a message down as the input of the next call: first the length of each part as a 32-bit word, then the parts.
   * Returns the size of it all in bytes.
   */
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

  /** Writes one part, and returns its size in bytes. */
  #write(part: Part, at: number): number {
    if (typeof part !== 'string') {
      this.#bytes.set(part, at);
      return part.length;
    }
    if (part.length <= short && this.#writeASCII(part, at)) return part.length;
    return encoder.encodeInto(part, this.#bytes.subarray(at, at + 3 * part.length)).written;
  }

  /** Writes text as it is, if each character is one byte. */
  #writeASCII(text: string, at: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      bytes[at + i] = code;
    }
    return true;
  }

  /** One word of the results of the last call. */
  result(index: (typeof Result)[keyof typeof Result]): number {
    this.#refresh();
    return this.#words[this.#results + index]!;
  }

  /** The number of the request that the last call made. */
  id(): number {
    return this.result(Result.IDHigh) * 2 ** 32 + this.result(Result.IDLow);
  }

  /** Copies words, because the next call overwrites them. */
  copyWords(at: number, count: number, into: Uint32Array): void {
    this.#refresh();
    into.set(this.#words.subarray(at >>> 2, (at >>> 2) + count));
  }

  /** A view of bytes, which the next call overwrites. */
  view(at: number, size: number): Uint8Array<ArrayBuffer> {
    this.#refresh();
    return this.#bytes.subarray(at, at + size);
  }

  /** A view of the output of the last call, or of a range of it. */
  output(from = 0, to = this.result(Result.OutputSize)): Uint8Array<ArrayBuffer> {
    const at = this.result(Result.Output);
    return this.view(at + from, to - from);
  }

  /** The text of a range of bytes. */
  text(at: number, size: number): string {
    return size === 0 ? '' : decoder.decode(this.view(at, size));
  }

  /** The output of the last call as text, or a range of it. */
  outputText(from?: number, to?: number): string {
    return decoder.decode(this.output(from, to));
  }
}

function encoded(part: Part): Uint8Array {
  return typeof part === 'string' ? encoder.encode(part) : part;
}
