import { ZmqError } from '../errors.js';
import { describe } from '../language/describe.js';
import type { WaitOptions } from '../language/wait.js';
import type { Decode } from '../message/decode.js';
import type { Position } from '../message/position.js';
import { type SubscribeOptions, checkOverflow } from '../attachment/overflow.js';
import { SUB, type SocketType, XSUB, typeName } from '../attachment/sockettype.js';
import { type Hidden, isHidden } from '../link/visibility.js';

/** overflow and rate are for SUB and XSUB: their subscriptions have them unless they say otherwise. */
export interface SocketOptions<D extends Decode = never> extends SubscribeOptions {
  /**
   * Makes a value of each message, which is what receive, loops and request have then: "json", for example, or a function that
   * gets the parts. By default they have the parts. onmessage has text and parts anyway.
   */
  decode?: D | null;
  /**
   * What the other side knows this socket by: text, or bytes that are UTF-8. The default is 32 random hexadecimal digits,
   * which only a REP socket tells the bridge.
   */
  identity?: string | Uint8Array;
  /**
   * How many milliseconds a request, a connect or a ready waits unless it says otherwise. The default is that of the
   * context.
   */
  requestTimeout?: number;
  /**
   * How many messages the page holds at most that it has not consumed; the bridge keeps further ones, or drops what its rules
   * say. 0 is no limit. The default is 1000. However many they are, the page holds no more than 8 MiB.
   */
  receiveHighWaterMark?: number;
  /**
   * Whether a backend may get what a PUSH sends more than once. If so, what the bridge had not said to have left when the session was
   * lost is sent again, in order and before what is sent later (event 'recovered'). Otherwise it is a gap, with its number (event 'gap').
   */
  idempotent?: boolean;
  /** What a SUB does while nobody sees the page. The default is that of the context. */
  hidden?: Hidden;
}

/** With a timeout or a signal, the promise of connect ends at the latest then. */
export interface ConnectOptions extends WaitOptions {
  /**
   * Where a SUB socket was in the history of this endpoint: what position returned. What was published since then is
   * delivered first, as far as the bridge still has it (event 'recovered'), and the rest is a gap (event 'gap'). That goes
   * for all prefixes that the code which connects also subscribes to before it lets other code run. By default the socket
   * gets what is published from now on.
   */
  since?: Position | null | undefined;
}

/** With fatal, what is not UTF-8 is an error, and is not replaced. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The identity that the options ask for, as text. Throws when it is neither text nor bytes of text. */
export function identityOf({ identity }: SocketOptions<Decode>): string | undefined {
  if (identity === undefined || identity === null) return undefined;
  if (identity.length === 0) throw new ZmqError('invalid', 'an identity has at least one byte');
  if (typeof identity === 'string') return identity;
  if (!ArrayBuffer.isView(identity)) throw new ZmqError('invalid', `an identity is text, not ${describe(identity)}`);
  try {
    return decoder.decode(identity);
  } catch (cause) {
    throw new ZmqError('invalid', 'an identity is text: these bytes are not UTF-8', { cause });
  }
}

/** How many messages a page holds unless an option says otherwise, and where one says that there is no limit. */
const windows = { usual: 1000, largest: 0x7fffffff };

/** How many messages a socket with these options holds that the page has not consumed. */
export function windowOf({ receiveHighWaterMark: mark = windows.usual }: SocketOptions<Decode>): number {
  return Math.min(mark || windows.largest, windows.largest);
}

/** Throws when an option is no time to wait, in milliseconds. */
export function checkTime(name: string, time: unknown): void {
  if (time === undefined || (typeof time === 'number' && time > 0)) return;
  throw new ZmqError('invalid', `${name} is a number of milliseconds, more than 0, not ${describe(time)}`);
}

/** Throws when it is no way to be hidden. */
export function checkHidden(hidden: unknown): void {
  if (!isHidden(hidden)) throw new ZmqError('invalid', `hidden is "keep", "pause" or "conflate", not ${describe(hidden)}`);
}

/** Throws when there is no such type, or when a socket of this type cannot have the options. */
export function checkSocketOptions(type: SocketType, options: SocketOptions<Decode>): void {
  const name = typeName(type);
  checkTime('requestTimeout', options.requestTimeout);
  checkOverflow(options);
  const { receiveHighWaterMark: mark } = options;
  if (mark !== undefined && !(Number.isInteger(mark) && mark >= 0)) {
    throw new ZmqError('invalid', `receiveHighWaterMark is a number of messages, not ${describe(mark)}`);
  }
  checkHidden(options.hidden);
  if (options.hidden !== undefined && type !== SUB) throw new ZmqError('invalid', `hidden is for SUB, not for ${name}`);
  if (type === SUB || type === XSUB || (options.overflow === undefined && options.rate === undefined)) return;
  throw new ZmqError('invalid', `overflow and rate are for subscriptions, which a ${name} socket has none of`);
}
