/** How deep values are nested at most. */
const DEEPEST = 64;

/**
 * Reads MessagePack: one value, and nothing after it. Integers beyond 2^53 are BigInts, binary is a Uint8Array, and an
 * extension is an object that says which. What is wrong is thrown.
 */
export function unpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error('more than one value');
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) throw new Error('nested too deep');
    const tag = this.#unsigned(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 15, depth);
    if (tag < 0xa0) return this.#list(tag & 15, depth);
    if (tag < 0xc0) return this.#text(tag & 31);
    if (tag >= 0xe0) return tag - 256;
    return this.#tagged(tag, depth);
  }

  #tagged(tag: number, depth: number): unknown {
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#unsigned(1 << (tag - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#unsigned(1 << (tag - 0xc7)));
      case 0xca:
        return this.#view.getFloat32(this.#step(4));
      case 0xcb:
        return this.#view.getFloat64(this.#step(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (tag - 0xcc));
      case 0xcf:
        return small(this.#view.getBigUint64(this.#step(8)));
      case 0xd0:
        return this.#view.getInt8(this.#step(1));
      case 0xd1:
        return this.#view.getInt16(this.#step(2));
      case 0xd2:
        return this.#view.getInt32(this.#step(4));
      case 0xd3:
        return small(this.#view.getBigInt64(this.#step(8)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (tag - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#unsigned(2 << (tag - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(2 << (tag - 0xde)), depth);
      default:
        if (tag >= 0xd4 && tag <= 0xd8) return this.#extension(1 << (tag - 0xd4));
        throw new Error('no MessagePack');
    }
  }

  /** Steps over so many bytes, and returns where they begin. */
  #step(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw new Error('it ends too early');
    this.#at = at + bytes;
    return at;
  }

  #unsigned(bytes: number): number {
    const at = this.#step(bytes);
    let n = 0;
    for (let i = 0; i < bytes; i++) n = n * 256 + this.#bytes[at + i]!;
    return n;
  }

  #take(bytes: number): Uint8Array {
    const at = this.#step(bytes);
    return this.#bytes.slice(at, at + bytes);
  }

  #text(bytes: number): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(this.#take(bytes));
  }

  #extension(bytes: number): object {
    const type = this.#view.getInt8(this.#step(1));
    return { extension: type, data: this.#take(bytes) };
  }

  /** Each value takes a byte at least, so that a length that lies makes no large list. */
  #list(length: number, depth: number): unknown[] {
    if (length > this.#bytes.length - this.#at) throw new Error('it ends too early');
    return Array.from({ length }, () => this.value(depth + 1));
  }

  #map(length: number, depth: number): object {
    const entries: [string, unknown][] = [];
    for (let i = 0; i < length; i++) {
      const key = this.value(depth + 1);
      entries.push([typeof key === 'string' ? key : (JSON.stringify(key, plain) ?? ''), this.value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }
}

function small(n: bigint): number | bigint {
  const number = Number(n);
  return Number.isSafeInteger(number) ? number : n;
}

/** For JSON.stringify: what JSON has no words for, as text. */
export function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return value;
}
