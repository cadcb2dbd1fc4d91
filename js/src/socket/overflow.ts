import { ZmqError } from '../errors.js';

/**
 * What becomes of the messages of a subscription when its queue at the bridge is full, because the page does not consume
 * them as fast as they come: the newest is dropped, as in ZeroMQ; or the oldest; or only the last of each topic, which
 * is the first part of a message, is kept; or the socket is closed, with code "busy".
 */
export type Overflow = (typeof policies)[number];

const policies = ['drop-newest', 'drop-oldest', 'conflate', 'close'] as const; // core/overflow.go

/** How a subscription is delivered. The bridge's rules for an endpoint may allow less. */
export interface SubscribeOptions {
  /** Default: as the bridge says for the endpoint, which is "drop-newest" unless it says otherwise. */
  overflow?: Overflow;
  /** Most messages per second, at most 1000: of those between, the last of each topic is kept. Default: no limit. */
  rate?: number;
}

const day = 24 * 3600; // seconds, the longest interval there is

/** Throws for what overflow and rate cannot be. */
export function checkOverflow({ overflow, rate }: SubscribeOptions): void {
  if (overflow !== undefined && !policies.includes(overflow)) {
    throw new ZmqError('invalid', `overflow is one of ${policies.join(', ')}, not ${JSON.stringify(overflow)}`);
  }
  if (rate !== undefined && !(typeof rate === 'number' && rate <= 1000 && rate * day >= 1)) {
    throw new ZmqError('invalid', `rate is a number of messages per second, up to 1000, not ${String(rate)}`);
  }
}

/** Throws for options that are something else. */
export function checkSubscribeOptions(options: SubscribeOptions): void {
  const unknown = Object.keys(options).find((name) => name !== 'overflow' && name !== 'rate');
  if (unknown !== undefined) throw new ZmqError('invalid', `a subscription has overflow and rate, no ${unknown}`);
  checkOverflow(options);
}

/** Tells options from a prefix. */
export function isSubscribeOptions(given: unknown): given is SubscribeOptions {
  return Object.prototype.toString.call(given) === '[object Object]';
}

/** Milliseconds between two messages; 0 where there is no limit. */
export function intervalOf({ rate }: SubscribeOptions): number {
  return rate === undefined ? 0 : Math.ceil(1000 / rate);
}
