import { ZmqError } from '../errors.js';

/** What reads values out of bytes, such as the modules `@msgpack/msgpack` and `cbor-x`. */
export interface Codec<T = unknown> {
  decode(bytes: Uint8Array): T;
}

/** The codecs that parts and the option decode know by their names, once the page has given them. */
export interface Codecs {
  /** For example: import * as msgpack from '@msgpack/msgpack'. */
  msgpack?: Codec;
  /** For example: import * as cbor from 'cbor-x'. */
  cbor?: Codec;
}

let codecs: Codecs = {};

/** Adds codecs to those that there are. */
export function setCodecs(more: Codecs): void {
  for (const [name, codec] of Object.entries(more)) {
    if (!isCodec(codec)) throw new ZmqError('invalid', `${name} is a module or an object with a function decode`);
  }
  codecs = { ...codecs, ...more };
}

/** The codec with a name. Throws with code "unsupported" when the page has not given it. */
export function codecOf(name: keyof Codecs): Codec {
  const codec = codecs[name];
  if (codec !== undefined) return codec;
  throw new ZmqError('unsupported', `how to read ${name} is said by zmq.configure({ ${name} })`);
}

export function isCodec(it: unknown): it is Codec {
  return typeof it === 'object' && it !== null && 'decode' in it && typeof it.decode === 'function';
}
