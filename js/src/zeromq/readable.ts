import { ErrnoError } from './errno.js';
import { type Message, incoming } from './message.js';
import { defineOptions, readableOptions } from './options.js';
import type { Socket } from './socket.js';
import { turn } from './turn.js';

/** What sockets have that receive. */
export interface Readable<M extends object[] = Message[]> {
  /** Kept, without effect. */
  receiveBufferSize: number;
  /** How many messages the program holds that it has not received, before the bridge sends no more; 0 is no limit. */
  receiveHighWaterMark: number;
  /** How many milliseconds receive waits before it rejects with EAGAIN; -1, the default, is for ever. */
  receiveTimeout: number;
  /** Waits for the next message. Several that wait at the same time get one message each, in turn. */
  receive(): Promise<M>;
  /** Iterates over the messages until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterator<M, undefined>;
}

/** Gives a class what sockets have that receive. */
export function readable(constructor: { readonly prototype: Socket & Readable }): void {
  defineOptions(constructor, readableOptions);
  Object.assign(constructor.prototype, { receive, [Symbol.asyncIterator]: iterate });
}

async function receive(this: Socket): Promise<Message[]> {
  const message = incoming(await this.flow.receive());
  await turn();
  return message;
}

function iterate(this: Socket & Readable): AsyncIterator<Message[], undefined> {
  const over = { done: true, value: undefined } as const;
  return {
    next: async () => {
      if (this.closed) return over;
      try {
        return { done: false, value: await this.receive() };
      } catch (thrown) {
        if (this.closed && thrown instanceof ErrnoError && thrown.code === 'EAGAIN') return over;
        throw thrown;
      }
    },
  };
}
