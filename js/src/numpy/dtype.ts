import { ZmqError } from '../index.js';

/** The arrays of numbers that JavaScript has. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Makes an array of a buffer. */
interface ArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): NumberArray;
}

/** What the elements of an array are. */
export interface Elements {
  /** The constructor of the array that has them; undefined for float16, which not every JavaScript has. */
  readonly Type: ArrayConstructor | undefined;
  /** How many bytes one of the numbers has. */
  readonly size: number;
  /** How many numbers an element is: 2 if it is complex. */
  readonly numbers: 1 | 2;
  /** Whether the bytes of a number are in the order in which JavaScript does not have them. */
  readonly swapped: boolean;
}

/** By the letter that NumPy has for a kind, and the number of bytes. */
const types: { readonly [kind: string]: ArrayConstructor } = {
  b1: Uint8Array,
  i1: Int8Array,
  u1: Uint8Array,
  i2: Int16Array,
  u2: Uint16Array,
  i4: Int32Array,
  u4: Uint32Array,
  i8: BigInt64Array,
  u8: BigUint64Array,
  f4: Float32Array,
  f8: Float64Array,
  M8: BigInt64Array,
  m8: BigInt64Array,
};

/** The letters that NumPy has for the kinds that it also has words for. */
const letters: { readonly [word: string]: string } = { int: 'i', uint: 'u', float: 'f', complex: 'c', datetime: 'M', timedelta: 'm' };

/** Reads what NumPy says of the elements of an array: str(dtype), such as "float64", or dtype.str, such as ">f8". */
export function elementsOf(dtype: string): Elements {
  const [, word, bits] = /^(int|uint|float|complex|datetime|timedelta)(\d+)(?:\[\w+\])?$/.exec(dtype) ?? [];
  const written = word === undefined ? dtype : `${letters[word]}${Number(bits) / 8}`;
  const [, order, kind, digits] = /^([<>|=]?)([biufcMm])(\d+)(?:\[\w+\])?$/.exec(written === 'bool' ? 'b1' : written) ?? [];
  const numbers = kind === 'c' ? 2 : 1;
  const size = Number(digits) / numbers;
  const Type = types[`${numbers === 2 ? 'f' : kind}${size}`];
  const half = kind === 'f' && size === 2;
  if (Type === undefined && !half) throw new ZmqError('unsupported', `JavaScript has no array of ${dtype}`);
  return { Type, size, numbers, swapped: order === '>' && size > 1 };
}

/** What NumPy calls the elements of an array. */
export function dtypeOf(array: NumberArray): string {
  const name = array.constructor.name.replace(/Array$/, '').replace('Clamped', '').replace('Big', '');
  return name.toLowerCase();
}
