import { ZmqError } from '../errors.js';
import { type Codec, codecOf } from './codec.js';
import { type ParseOptions, parseJSON } from './json.js';
import { isDetached, transferred } from './transfer.js';

/** What view makes: a constructor such as Float32Array. */
interface ViewConstructor<View> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): View;
}

/** With ignoreBOM, a byte order mark is handed on like any other character. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * One part of a message: its bytes, with methods that read them as text or JSON. After `const [body] = message`, body is
 * a Frame, and `String(body)` is its text.
 *
 * Frames that arrived together are views of one buffer. So one frame that is kept keeps the whole buffer in memory, and
 * whoever transfers the buffer to a worker takes the bytes of all of them away: reading those throws then. To keep a part
 * for long, or to transfer it, take `frame.bytes()`, which is a copy: postMessage(bytes, [bytes.buffer]).
 */
export class Frame extends Uint8Array<ArrayBuffer> {
  // This constructor does what an inherited one would do, and is measurably twice as fast.
  /** Makes a frame of a range of a buffer. */
  constructor(buffer: ArrayBuffer, offset: number, length: number) {
    super(buffer, offset, length);
  }

  /** Makes slice, map and the like return a plain Uint8Array: only what was received is a Frame. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }

  /** The part as text. Bytes that are not valid UTF-8 become U+FFFD, the replacement character. */
  override toString(): string {
    return this.string();
  }

  /** The same as toString. */
  string(): string {
    readable(this);
    return decoder.decode(this);
  }

  /**
   * The value that the part holds as JSON. NaN and Infinity are read too, because Python writes them. Integers beyond 2^53 are
   * rounded, as by JSON.parse, unless bigIntegers makes BigInts of them. Throws a SyntaxError when the part holds no JSON.
   */
  json<T = unknown>(options?: ParseOptions): T {
    return parseJSON(this.string(), options) as T;
  }

  /** The integer that the part holds as text. Throws a SyntaxError when it holds none. */
  bigint(): bigint {
    const text = this.string().trim();
    if (text === '') throw new SyntaxError('an empty part is no integer');
    return BigInt(text);
  }

  /** The value that a codec reads, such as the module `@msgpack/msgpack`: frame.decode(msgpack). */
  decode<T>(codec: Codec<T>): T {
    readable(this);
    return codec.decode(new Uint8Array(this.buffer, this.byteOffset, this.length)); // some keep things on what they are given
  }

  /** The value that the part holds as MessagePack. configure has to be given what reads that. */
  msgpack<T = unknown>(): T {
    return this.decode(codecOf('msgpack')) as T;
  }

  /** The value that the part holds as CBOR. configure has to be given what reads that. */
  cbor<T = unknown>(): T {
    return this.decode(codecOf('cbor')) as T;
  }

  /** The part as a DataView, which reads numbers of any size at any place: frame.dataView.getInt64(0, true). */
  get dataView(): DataView<ArrayBuffer> {
    readable(this);
    return new DataView(this.buffer, this.byteOffset, this.length);
  }

  /** A copy, which has a buffer of its own. */
  bytes(): Uint8Array<ArrayBuffer> {
    readable(this);
    return this.slice();
  }

  /**
   * The part as an array of numbers: frame.view(Float32Array). The numbers are in the byte order of this machine, which is
   * little-endian wherever browsers run. It is a view of the same bytes where they begin at a multiple of the size of a
   * number, which such views need, and a view of a copy elsewhere. Throws with code "invalid" when the bytes are no whole
   * number of numbers.
   */
  view<View>(Type: ViewConstructor<View>): View {
    readable(this);
    const size = Type.BYTES_PER_ELEMENT;
    if (this.length % size !== 0) {
      throw new ZmqError('invalid', `a part of ${this.length} bytes is no array of numbers of ${size} bytes`);
    }
    const { buffer, byteOffset } = this.byteOffset % size === 0 ? this : this.slice();
    return new Type(buffer, byteOffset, this.length / size);
  }
}

/** Throws when the bytes of a part are gone. */
function readable(part: Uint8Array): void {
  if (part.length === 0 && isDetached(part)) throw transferred();
}

/**
 * Makes a frame of a range of a buffer. In V8 this takes half the time of `new Frame`, which is not inlined: it
 * constructs the Uint8Array itself, as one whose class is Frame.
 */
export function frameOf(buffer: ArrayBuffer, offset: number, length: number): Frame {
  return Reflect.construct(Uint8Array, [buffer, offset, length], Frame) as Frame;
}

/** A part whose buffer was transferred before anybody has seen it. Whoever reads it is told so. */
export function transferredFrame(): Frame {
  const part = new Frame(new ArrayBuffer(1), 0, 1);
  structuredClone(part.buffer, { transfer: [part.buffer] });
  return part;
}
