// The room "message" says what a message is: a list of parts, each of which is a Frame, and the place of a message in a
// history that the bridge keeps. It imports nothing but errors.ts. All rooms above it import it but "connection".
import { ZmqError } from '../errors.js';
import type { Frame } from './frame.js';
import { isDetached, transferred } from './transfer.js';

/** A message that has arrived: the list of its parts. */
export interface Message extends Array<Frame> {
  /** Set when the socket missed the message at first, and got it out of the history that the bridge keeps. */
  readonly recovered?: true;
}

/**
 * What can be sent as one part of a message. Text is sent as UTF-8, a number or BigInt as the text that stands for it, and
 * null as an empty part.
 */
export type MessageLike = string | number | bigint | null | ArrayBufferLike | ArrayBufferView;

/** A part in the form that the engine takes. */
export type Part = string | Uint8Array;

/** Brings a message, which is one part or a list of them, into the form that the engine takes. Nothing is copied. */
export function partsOf(message: MessageLike | readonly MessageLike[]): Part[] {
  if (!Array.isArray(message)) return [partOf(message as MessageLike)];
  const parts: Part[] = [];
  for (const part of message) parts.push(partOf(part)); // map would leave out the holes of a list
  return parts;
}

function partOf(part: MessageLike): Part {
  if (typeof part === 'string') return part;
  if (part instanceof Uint8Array) return attached(part);
  if (typeof part === 'number' || typeof part === 'bigint') return String(part);
  if (part === null) return '';
  if (ArrayBuffer.isView(part) || isBuffer(part)) return bytesOf(part);
  const what = typeof part === 'object' ? 'an object: send JSON.stringify(it)' : `of type ${typeof part}`;
  throw new ZmqError('invalid', `a message part is text, bytes, a number or null, not ${what}`);
}

/** Buffers of another realm, such as an iframe's or jsdom's, are instances of another ArrayBuffer. */
function isBuffer(part: unknown): part is ArrayBufferLike {
  return /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(part));
}

/** The bytes of a buffer, or of a view. There is no way to see a buffer that was transferred, and making a view throws. */
function bytesOf(part: ArrayBufferLike | ArrayBufferView): Uint8Array {
  try {
    return ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part);
  } catch {
    throw transferred();
  }
}

/** Throws when the bytes are gone: their buffer was transferred to somebody else. */
function attached(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 && isDetached(bytes)) throw transferred();
  return bytes;
}

/** Copies the bytes of a message that is sent later: until then, their owner may change them. */
export function snapshot(parts: readonly Part[]): Part[] {
  return parts.map((part) => (typeof part === 'string' ? part : part.slice()));
}

/** The last part as text. Of a message of one part, that is all of it. */
export function lastText(parts: readonly Frame[]): string {
  return parts[parts.length - 1]?.toString() ?? '';
}
