import { type Frame, type MessageLike, ZmqError } from '../index.js';
import { type Elements, type NumberArray, dtypeOf, elementsOf } from './dtype.js';
import { floatsOfHalves } from './half.js';

/** An array of NumPy. */
export interface NDArray<Numbers extends NumberArray = NumberArray> {
  /** What NumPy calls its elements, such as "float64". */
  readonly dtype: string;
  /** How many elements it has in each dimension. The last one varies fastest. */
  readonly shape: readonly number[];
  /**
   * All elements. A bool is 0 or 1, a complex number is two numbers, and dates and times are the integers that NumPy counts them
   * by. What has 64 bits is a BigInt. Those of float16 are in a Float32Array.
   */
  readonly data: Numbers;
}

/** What toNumpy takes: numbers, and how they are arranged. */
export interface ArrayLike {
  readonly data: NumberArray;
  /** By default the array has one dimension. */
  readonly shape?: readonly number[];
  /** By default it is that of the numbers. "bool", "complex128" and "datetime64[ns]", for example, have to be said. */
  readonly dtype?: string;
}

/**
 * Reads an array of NumPy that was sent as the documentation of pyzmq does it with send_array: the last two parts are JSON with
 * dtype and shape, and the bytes. It can be the option decode of a socket. The numbers are a view of the part where that is
 * possible. Throws with code "invalid" when the parts are none, and "unsupported" when JavaScript has no such numbers.
 */
export function fromNumpy(message: readonly Frame[]): NDArray {
  const [head, body] = message.slice(-2);
  if (head === undefined || body === undefined) throw new ZmqError('invalid', 'an array has two parts: its dtype and shape, and its bytes');
  const { dtype, shape } = headOf(head);
  const elements = elementsOf(dtype);
  if (body.length !== sizeOf(shape) * elements.numbers * elements.size) {
    throw new ZmqError('invalid', `${body.length} bytes are no array of ${dtype} of the shape [${shape.join(', ')}]`);
  }
  return { dtype, shape, data: numbersOf(body, elements) };
}

function headOf(part: Frame): { dtype: string; shape: number[] } {
  const head = part.json<{ dtype?: unknown; shape?: unknown } | null>();
  const { dtype, shape } = head ?? {};
  const isShape = Array.isArray(shape) && shape.every((it) => Number.isSafeInteger(it) && it >= 0);
  if (typeof dtype !== 'string' || !isShape) throw new ZmqError('invalid', 'an array has a dtype and a shape');
  return { dtype, shape: shape as number[] };
}

/** How many elements an array of a shape has. */
function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function numbersOf(part: Frame, { Type, size, swapped }: Elements): NumberArray {
  const bytes = swapped ? swap(part.bytes(), size) : part;
  if (Type === undefined) return floatsOfHalves(bytes);
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new Type(buffer, byteOffset, bytes.length / size);
}

/** Turns the bytes of each number round. */
function swap(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}

/** Makes the parts of an array, which the recv_array of the documentation of pyzmq reads: await req.request(toNumpy(array)). */
export function toNumpy({ data, shape, dtype = dtypeOf(data) }: ArrayLike): MessageLike[] {
  const elements = elementsOf(dtype);
  if (elements.Type === undefined || elements.swapped) throw new ZmqError('unsupported', `arrays of ${dtype} can only be received`);
  const length = data.byteLength / (elements.size * elements.numbers);
  const dimensions = shape ?? [length];
  if (!Number.isInteger(length) || sizeOf(dimensions) !== length) {
    throw new ZmqError('invalid', `${data.length} numbers are no array of ${dtype} of the shape [${dimensions.join(', ')}]`);
  }
  return [JSON.stringify({ dtype, shape: dimensions }), data];
}
