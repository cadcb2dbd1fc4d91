import { unpack } from './msgpack.js';
import { KEEP, type Part } from './part.js';

/**
 * The value that a part holds, as JSON, as a number in plain text, or as MessagePack; undefined where it holds none of these,
 * or only the beginning of it is kept.
 */
export function valueOf(part: Part): unknown {
  if (part.size > part.bytes.length || part.size > KEEP) return undefined;
  const { text } = part;
  if (text === undefined) return packed(part);
  if (!/^\s*(?:[[{]|-?\d)/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A map or a list in MessagePack, and nothing besides: a few random bytes are a number in it, too. */
export function packed(part: Part): unknown {
  if (part.size > part.bytes.length) return undefined;
  try {
    const value = unpack(part.bytes);
    return value !== null && typeof value === 'object' && !ArrayBuffer.isView(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
