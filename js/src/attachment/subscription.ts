import type { Client } from '../engine/client.js';
import { toBase64 } from '../language/base64.js';
import type { SubscriptionSnapshot } from '../link/snapshot.js';
import { type MessageLike, partsOf } from '../message/message.js';
import { type SubscribeOptions, intervalOf } from './overflow.js';
import { Standing } from './standing.js';

/** The milliseconds between two messages while nobody looks. */
const slow = 1000;

const encoder = new TextEncoder();

/** One prefix that a socket is subscribed to. */
export class Subscription extends Standing {
  readonly prefix: Uint8Array;
  readonly options: SubscribeOptions;

  constructor(prefix: MessageLike, options: SubscribeOptions, timeout: number) {
    const bytes = bytesOf(prefix); // it throws for what is no prefix, and nothing has been begun then
    super(`subscription to ${JSON.stringify(String(prefix))}`, timeout);
    this.prefix = bytes;
    this.options = options;
  }

  /** Asks the bridge for it, on the socket with this number; slowly, while nobody looks. */
  open(client: Client, socket: number, slowly: boolean): void {
    this.number = client.subscribe(socket, this.prefix, this.options.overflow ?? '', this.#interval(slowly));
  }

  /** Has it come slowly, or as fast as the page has asked for. */
  pace(client: Client, socket: number, slowly: boolean): void {
    client.resubscribe(socket, this.number, this.options.overflow ?? '', this.#interval(slowly));
  }

  #interval(slowly: boolean): number {
    return Math.max(intervalOf(this.options), slowly ? slow : 0);
  }

  hasPrefix(prefix: MessageLike): boolean {
    const bytes = bytesOf(prefix);
    return bytes.length === this.prefix.length && bytes.every((byte, i) => byte === this.prefix[i]);
  }

  /** Tells whether it is what the page before had. */
  isSame({ prefix, overflow, rate }: SubscriptionSnapshot): boolean {
    return prefix === toBase64(this.prefix) && overflow === this.options.overflow && rate === this.options.rate;
  }

  snapshot(): SubscriptionSnapshot {
    return { number: this.number, prefix: toBase64(this.prefix), state: this.state, ...this.options };
  }
}

/** A copy of a prefix, in bytes. */
function bytesOf(prefix: MessageLike): Uint8Array {
  const [part = ''] = partsOf(prefix);
  return typeof part === 'string' ? encoder.encode(part) : part.slice();
}
