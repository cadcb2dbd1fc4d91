import { indented } from './json.js';

/** How many bytes of a part are kept for display. */
export const KEEP = 64 << 10;

/** The parts of a message, as the client takes and gives them. */
export type Payload = readonly (string | Uint8Array)[];

/** What is kept of one part of a message to show it: text, JSON or bytes. It does not hold on to megabytes. */
export class Part {
  /** The first bytes. */
  readonly bytes: Uint8Array;
  /** How many there were. */
  readonly size: number;
  #text: string | undefined;
  #read = false;

  /** most is how many bytes of it are kept. */
  constructor(given: string | Uint8Array, most = KEEP) {
    const bytes = typeof given === 'string' ? new TextEncoder().encode(given) : given;
    this.bytes = bytes.slice(0, most);
    this.size = bytes.length;
  }

  /** Whether only the beginning is kept. */
  get cut(): boolean {
    return this.size > this.bytes.length;
  }

  /** The text, or undefined where the part is binary. */
  get text(): string | undefined {
    if (!this.#read) {
      this.#read = true;
      this.#text = this.#decode();
    }
    return this.#text;
  }

  #decode(): string | undefined {
    try {
      // What was cut ends in the midst of a character, perhaps: that is no fault.
      const text = new TextDecoder('utf-8', { fatal: true }).decode(this.bytes, { stream: this.cut });
      return /[\x00-\x08\x0e-\x1f]/.test(text) ? undefined : text;
    } catch {
      return undefined;
    }
  }

  /** An array or an object in JSON, indented; undefined where the part is none. */
  get json(): string | undefined {
    const { text } = this;
    return text !== undefined && /^\s*[[{]/.test(text) ? indented(text) : undefined;
  }

  /** One line for the log. */
  get preview(): string {
    const { text } = this;
    if (text === undefined) return hex(this.bytes.subarray(0, 24)) + (this.size > 24 ? ' …' : '');
    return text === '' ? '(empty)' : text.slice(0, 300).replace(/\s+/g, ' ');
  }

  /** Whether the text, or the hex of the first bytes of a binary part, contains a lower-case string. */
  contains(needle: string): boolean {
    return (this.text ?? hex(this.bytes.subarray(0, 256))).toLowerCase().includes(needle);
  }

  /** Lines of sixteen bytes with what they are in ASCII. */
  dump(most = 4096): string {
    let dump = '';
    for (let at = 0; at < Math.min(this.bytes.length, most); at += 16) {
      const line = this.bytes.subarray(at, at + 16);
      const glyphs = Array.from(line, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·'));
      dump += `${at.toString(16).padStart(6, '0')}  ${hex(line).padEnd(48)}  ${glyphs.join('')}\n`;
    }
    return dump + (this.bytes.length > most ? '…' : '');
  }
}

/** Copies of a message what is shown of it. */
export function keep(parts: Payload): Part[] {
  return parts.map((part) => new Part(part));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
