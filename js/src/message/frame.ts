/** With ignoreBOM, a byte order mark is handed on like any other character. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * One part of a message: its bytes, with methods that read them as text or JSON. After `const [body] = message`, body is
 * a Frame, and `String(body)` is its text.
 *
 * Frames that arrived together are views of one buffer, so one frame that is kept keeps the whole buffer in memory. To
 * keep a part for long, keep `frame.bytes()`, which is a copy.
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
    return decoder.decode(this);
  }

  /** The same as toString. */
  string(): string {
    return decoder.decode(this);
  }

  /** The value that the part holds as JSON. Throws a SyntaxError when it holds none. */
  json<T = unknown>(): T {
    return JSON.parse(decoder.decode(this)) as T;
  }

  /** A copy, which has a buffer of its own. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.slice();
  }
}
