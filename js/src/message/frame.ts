const decoder = new TextDecoder('utf-8', { ignoreBOM: true }); // ignoreBOM: hand it on like any other character

/**
 * One part of a message: its bytes, which know how to be text. `[body]` is a Frame, `String(body)` its UTF-8.
 *
 * Frames that came together are views of one buffer. A frame kept for long keeps that alive: keep `frame.bytes()`.
 */
export class Frame extends Uint8Array<ArrayBuffer> {
  /** A range of a buffer. (A constructor that is written out is twice as fast as one that is not.) */
  constructor(buffer: ArrayBuffer, offset: number, length: number) {
    super(buffer, offset, length);
  }

  /** What slice, map and the like make is a plain Uint8Array: only what came off the wire is a Frame. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }

  /** The part as text. Invalid UTF-8 reads as U+FFFD. */
  override toString(): string {
    return decoder.decode(this);
  }

  string(): string {
    return decoder.decode(this);
  }

  json<T = unknown>(): T {
    return JSON.parse(decoder.decode(this)) as T;
  }

  /** A copy with a buffer of its own. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.slice();
  }
}
