import { Frame, type MessageLike as Part } from '../index.js';

/** One part of a message that has arrived. In Node it is a Buffer, as in zeromq.js; it has the methods of a Frame everywhere. */
export type Message = Frame;

/** What can be sent as one part of a message. At run time, everything else is sent as the text that stands for it. */
export type MessageLike = ArrayBufferView | ArrayBufferLike | string | number | null;

/** Brings a message into the form that a socket of the bridge takes. */
export function outgoing(message: unknown): Part[] {
  if (message === undefined) throw new TypeError('Message must be present');
  return Array.isArray(message) ? message.map(partOf) : [partOf(message)];
}

function partOf(part: unknown): Part {
  if (part === null || typeof part === 'string' || ArrayBuffer.isView(part)) return part as Part;
  if (part instanceof ArrayBuffer || (typeof SharedArrayBuffer === 'function' && part instanceof SharedArrayBuffer)) return part;
  return String(part);
}

/** How many bytes a message has. */
export function sizeOf(parts: readonly { readonly length: number }[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** The constructor of Buffer, where there is one: Node. */
const buffer = (globalThis as { Buffer?: { readonly prototype: Uint8Array } }).Buffer;

/** Makes Buffers that have the methods of a Frame. It is never called itself. */
function Part(): void {}

if (buffer !== undefined) {
  Part.prototype = Object.create(buffer.prototype);
  const { constructor, toString, ...own } = Object.getOwnPropertyDescriptors(Frame.prototype);
  for (const [name, { value, get }] of Object.entries(own) as [string, TypedPropertyDescriptor<(...args: never[]) => unknown>][]) {
    const onFrame = (fn: (...args: never[]) => unknown) =>
      function (this: Uint8Array<ArrayBuffer>, ...args: never[]): unknown {
        return fn.apply(new Frame(this.buffer, this.byteOffset, this.length), args);
      };
    Object.defineProperty(Part.prototype, name, value !== undefined ? { value: onFrame(value) } : { get: onFrame(get!) });
  }
}

/** Makes of the parts that arrived what the page gets. */
export function incoming(parts: readonly Frame[]): Message[] {
  if (buffer === undefined) return [...parts];
  return parts.map(({ buffer: bytes, byteOffset, length }) => Reflect.construct(Uint8Array, [bytes, byteOffset, length], Part) as Frame);
}
