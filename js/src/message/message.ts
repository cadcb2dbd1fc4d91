import { ZmqError } from '../errors.js';
import type { Frame } from './frame.js';

/** A message that came: its parts. */
export interface Message extends Array<Frame> {
  /** It was missed, and comes out of the history that the bridge keeps. */
  readonly recovered?: true;
}

/** What can be one part of a message: text is sent as UTF-8, a number as its text, null as an empty part. */
export type MessageLike = string | number | null | ArrayBufferLike | ArrayBufferView;

/** A part as the engine takes it. */
export type Part = string | Uint8Array;

/** Brings a message, one part or a list of them, into the engine's form. Nothing is copied. */
export function partsOf(message: MessageLike | readonly MessageLike[]): Part[] {
  return Array.isArray(message) ? message.map(partOf) : [partOf(message as MessageLike)];
}

function partOf(part: MessageLike): Part {
  if (typeof part === 'string') return part;
  if (part instanceof Uint8Array) return part;
  if (typeof part === 'number') return String(part);
  if (part === null) return '';
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
  if (part instanceof ArrayBuffer || isShared(part)) return new Uint8Array(part);
  const what = typeof part === 'object' ? 'an object: send JSON.stringify(it)' : `of type ${typeof part}`;
  throw new ZmqError('invalid', `a message part is text, bytes, a number or null, not ${what}`);
}

function isShared(part: unknown): part is SharedArrayBuffer {
  return typeof SharedArrayBuffer === 'function' && part instanceof SharedArrayBuffer;
}

/** Copies what its owner may change before it is sent. */
export function snapshot(parts: readonly Part[]): Part[] {
  return parts.map((part) => (typeof part === 'string' ? part : part.slice()));
}

/** The last part as text: all of a message of one part. */
export function lastText(parts: readonly Frame[]): string {
  return parts[parts.length - 1]?.toString() ?? '';
}

/** The bytes of a message. */
export function sizeOf(parts: readonly Uint8Array[]): number {
  let size = 0;
  for (const part of parts) size += part.length;
  return size;
}
