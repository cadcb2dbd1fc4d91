import { ErrnoError } from './errno.js';
import { Context } from './context.js';
import { type MessageLike, outgoing } from './message.js';
import { defineOptions, writableOptions } from './options.js';
import type { Socket } from './socket.js';
import { turn } from './turn.js';

/** What sockets have that send. */
export interface Writable<M extends MessageLike | MessageLike[] = MessageLike | MessageLike[]> {
  /** Kept, without effect. */
  multicastHops: number;
  /** Kept, without effect. */
  sendBufferSize: number;
  /** How many messages of a PUSH, DEALER or PAIR wait for a backend that is not there, before send waits; 0 is no limit. */
  sendHighWaterMark: number;
  /** How many milliseconds send waits before it rejects with EAGAIN; -1, the default, is for ever. */
  sendTimeout: number;
  /** Sends a message of one part, or of a list of parts. Fulfilled when there was room for it. */
  send(message: M): Promise<void>;
}

/** Gives a class what sockets have that send. */
export function writable(constructor: { readonly prototype: Socket & Writable }): void {
  defineOptions(constructor, writableOptions);
  Object.assign(constructor.prototype, { send });
}

async function send(this: Socket, message: unknown): Promise<void> {
  const parts = outgoing(message);
  const { context } = this;
  const most = context instanceof Context ? context.maxMessageSize : Infinity;
  const size = parts.reduce<number>((sum, part) => sum + lengthOf(part), 0);
  if (size > most) throw new ErrnoError('EMSGSIZE');
  await this.flow.send(parts);
  await turn();
}

/** At least so many bytes. */
function lengthOf(part: unknown): number {
  if (typeof part === 'string') return part.length;
  return (part as { byteLength?: number } | null)?.byteLength ?? 0;
}
