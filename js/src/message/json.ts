import { ZmqError, textOf } from '../errors.js';

/**
 * Text that JSON.parse does not read as its writer meant it: NaN and Infinity, which Python's json writes, and integers of
 * so many digits that a number may not hold them. They may also stand in a string, where they mean nothing.
 */
const special = /NaN|Infinity|\d{16}/;

/** Strings, and what may be special outside of them. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const unwritten: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

export interface ParseOptions {
  /** Integers beyond 2^53 become BigInts. Otherwise they become the nearest number, as with JSON.parse. */
  bigIntegers?: boolean;
}

/** Reads JSON as JSON.parse does, and NaN, Infinity and -Infinity besides. Throws a SyntaxError when it is none. */
export function parseJSON(text: string, { bigIntegers = false }: ParseOptions = {}): unknown {
  if (!special.test(text)) return JSON.parse(text);
  const values: unknown[] = [];
  const mark = unusedMark(text);
  const marked = text.replace(tokens, (token) => {
    const value = unwritten[token] ?? (bigIntegers ? bigInteger(token) : undefined);
    if (value === undefined) return token;
    return `"${mark}${values.push(value) - 1}"`;
  });
  if (values.length === 0) return JSON.parse(text);
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? values[Number(value.slice(mark.length))] : value,
  );
}

/** The value of an integer that a number cannot hold. */
function bigInteger(token: string): bigint | undefined {
  return /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? BigInt(token) : undefined;
}

/** A text that does not stand in the given one. It is a random one, because it could stand there with escapes. */
function unusedMark(text: string): string {
  for (;;) {
    const mark = `@${Math.random().toString(36).slice(2)}@`;
    if (!text.includes(mark)) return mark;
  }
}

/**
 * Writes JSON as JSON.stringify does, or throws with code "invalid" when something in the value would arrive as something
 * else: NaN and Infinity as null. A BigInt is written where only a BigInt arrives as one, which is beyond 2^53. undefined
 * becomes ''. what names the value in errors.
 */
export function writeJSON(value: unknown, what: string): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text === undefined) return '';
    if (text.includes('null')) JSON.stringify(value, (_key, it: unknown) => finite(it)); // it may be NaN that is null there
    return text;
  } catch (thrown) {
    return written(value, what, thrown);
  }
}

/** The same for a value that has BigInts, if that is why JSON.stringify threw. */
function written(value: unknown, what: string, thrown: unknown): string {
  const integers: string[] = [];
  try {
    const mark = unusedMark(JSON.stringify(value, (_key, it: unknown) => (typeof it === 'bigint' ? '' : finite(it))));
    const text = JSON.stringify(value, (_key, it: unknown) => {
      if (typeof it !== 'bigint') return it;
      return mark + (integers.push(integer(it)) - 1);
    });
    if (integers.length > 0) return text.replace(new RegExp(`"${mark}(\\d+)"`, 'g'), (_all, at) => integers[Number(at)]!);
  } catch (cause) {
    thrown = cause;
  }
  throw new ZmqError('invalid', `${what} is not JSON: ${textOf(thrown)}`, { cause: thrown });
}

function finite(it: unknown): unknown {
  if (typeof it === 'number' && !Number.isFinite(it)) throw new TypeError(`there is no ${it} in JSON`);
  return it;
}

function integer(it: bigint): string {
  if (Number.isSafeInteger(Number(it))) throw new TypeError(`a BigInt that a number can hold is sent as one: Number(${it}n)`);
  return String(it);
}
