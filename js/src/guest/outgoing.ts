import type { Command, GuestWord, LaidPart } from './terms.js';

const encoder = new TextEncoder();

/** How many bytes there is room for at first. */
const firstRoom = 1 << 12;

/** What a page has to say to its worker at the end of a turn. The bytes of messages are copied once, and then transferred. */
export class Outgoing {
  #commands: Command[] = [];
  #bytes = new Uint8Array(0);
  #used = 0;
  /** How many bytes the commands have, about. */
  #size = 0;

  add(command: Command): void {
    this.#commands.push(command);
    this.#size += 64;
  }

  /** Lays the parts of a message down. Long text passes as bytes, too, so that its size is known. */
  lay(parts: readonly (string | Uint8Array)[]): LaidPart[] {
    return parts.map((part) => {
      if (typeof part === 'string' && part.length < 1024) {
        this.#size += part.length;
        return part;
      }
      return this.#copy(typeof part === 'string' ? encoder.encode(part) : part);
    });
  }

  #copy(part: Uint8Array): number {
    const end = this.#used + part.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(firstRoom, 2 * this.#bytes.length, end));
      grown.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#used);
    this.#used = end;
    this.#size += part.length;
    return part.length;
  }

  /** Takes out all there is to say; undefined when there is nothing. */
  take(): Extract<GuestWord, { kind: 'commands' }> | undefined {
    if (this.#commands.length === 0) return undefined;
    const bytes = this.#used === 0 ? undefined : this.#bytes.subarray(0, this.#used);
    const word = { kind: 'commands', commands: this.#commands, bytes, size: this.#size } as const;
    this.#commands = [];
    this.#bytes = new Uint8Array(0);
    this.#used = this.#size = 0;
    return word;
  }

  /** How many bytes wait here. */
  get size(): number {
    return this.#size;
  }
}
