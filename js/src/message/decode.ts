import { ZmqError, textOf } from '../errors.js';
import { type Codec, type Codecs, codecOf, isCodec } from './codec.js';
import type { Message } from './message.js';

/**
 * How a socket makes a value of each message that it receives. A name, or a codec such as the module `@msgpack/msgpack`, reads
 * the last part of the message: "text", "json", and "msgpack" and "cbor" where configure was given those. A function gets all
 * parts.
 */
export type Decode = 'text' | 'json' | keyof Codecs | Codec | ((message: Message) => unknown);

/** What such a socket receives. */
export type Decoded<D> = D extends (message: Message) => infer T
  ? T
  : D extends Codec<infer T>
    ? T
    : D extends 'text'
      ? string
      : D extends string
        ? unknown
        : Message;

/** The function that decode stands for; without one, messages stay as they are. Throws when it is none. */
export function decoderOf(decode: Decode | null | undefined): (message: Message) => unknown {
  if (decode === undefined || decode === null) return (message) => message;
  const read = readerOf(decode);
  return (message) => {
    try {
      return read(message);
    } catch (cause) {
      throw cause instanceof ZmqError ? cause : new ZmqError('invalid', `a message that cannot be decoded: ${textOf(cause)}`, { cause });
    }
  };
}

function readerOf(decode: Decode): (message: Message) => unknown {
  if (typeof decode === 'function') return decode;
  if (decode === 'text') return (message) => message.at(-1)?.string();
  if (decode === 'json') return (message) => message.at(-1)?.json();
  const codec = decode === 'msgpack' || decode === 'cbor' ? codecOf(decode) : decode;
  if (isCodec(codec)) return (message) => message.at(-1)?.decode(codec);
  throw new ZmqError('invalid', `decode is "text", "json", "msgpack", "cbor", a codec or a function, not ${typeof codec === 'string' ? codec : typeof codec}`);
}
