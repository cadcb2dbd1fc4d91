import { ZmqError } from '../errors.js';

/**
 * What becomes of the messages of a subscription when its queue at the bridge is full, because the page does not consume
 * them as fast as they arrive.
 *
 * - drop-newest: those that arrive are dropped, as in ZeroMQ.
 * - drop-oldest: the oldest one in the queue is dropped.
 * - conflate: only the last message of each topic is kept. The topic is the first part of a message.
 * - close: the socket is closed, with code "busy".
 */
export type Overflow = (typeof policies)[number];

const policies = ['drop-newest', 'drop-oldest', 'conflate', 'close'] as const; // core/overflow.go

/** How a subscription is delivered. The rules of the bridge for an endpoint may allow less. */
export interface SubscribeOptions {
  /** By default it is what the bridge says for the endpoint, and "drop-newest" unless it says otherwise. */
  overflow?: Overflow;
  /**
   * How many messages are delivered per second at most, up to 1000. Of those that are left out, the last one of each topic
   * is delivered later. By default there is no limit.
   */
  rate?: number;
}

/** The longest interval between two messages, in seconds: a day. */
const longest = 24 * 3600;

/** Throws when overflow or rate is none. */
export function checkOverflow({ overflow, rate }: SubscribeOptions): void {
  if (overflow !== undefined && !policies.includes(overflow)) {
    throw new ZmqError('invalid', `overflow is one of ${policies.join(', ')}, not ${JSON.stringify(overflow)}`);
  }
  if (rate !== undefined && !(typeof rate === 'number' && rate <= 1000 && rate * longest >= 1)) {
    throw new ZmqError('invalid', `rate is a number of messages per second, up to 1000, not ${String(rate)}`);
  }
}

/** Throws when the options of a subscription are none. */
export function checkSubscribeOptions(options: SubscribeOptions): void {
  const unknown = Object.keys(options).find((name) => name !== 'overflow' && name !== 'rate');
  if (unknown !== undefined) throw new ZmqError('invalid', `a subscription has overflow and rate, no ${unknown}`);
  checkOverflow(options);
}

/** Tells options from a prefix. */
export function isSubscribeOptions(given: unknown): given is SubscribeOptions {
  return Object.prototype.toString.call(given) === '[object Object]';
}

/** The interval between two messages in milliseconds; 0 when there is no limit. */
export function intervalOf({ rate }: SubscribeOptions): number {
  return rate === undefined ? 0 : Math.ceil(1000 / rate);
}
