import { PUB, SUB, XPUB, XSUB } from '../index.js';
import { unsupported } from './errno.js';
import { conflateOption, defineOptions, invertOption, noDropOption, xpubOptions } from './options.js';
import { type Readable, readable } from './readable.js';
import { Socket, type SocketOptions } from './socket.js';
import { type Writable, writable } from './writable.js';

/** Sends to all who have subscribed to it. */
export class Publisher extends Socket {
  /** What is sent is passed on at once, or is for nobody, so that nothing waits here that could be conflated. */
  declare conflate: boolean;

  constructor(options?: SocketOptions<Publisher>) {
    super(PUB, options);
  }
}

export interface Publisher extends Writable {}
writable(Publisher);
defineOptions(Publisher, conflateOption, noDropOption, invertOption);

/** Receives what it has subscribed to. */
export class Subscriber extends Socket {
  /** Keeps only the last message of those that wait to be received. */
  declare conflate: boolean;

  constructor(options?: SocketOptions<Subscriber>) {
    super(SUB, options);
  }

  /** Subscribes to what begins with one of these prefixes; without any, to everything. */
  subscribe(...prefixes: (Uint8Array | string)[]): void {
    this.check();
    const { socket } = this.channel;
    for (const prefix of prefixes.length === 0 ? [''] : prefixes) void socket.subscribe(prefix);
  }

  /** Takes back what subscribe added, each of the prefixes once; without any, the subscription to everything. */
  unsubscribe(...prefixes: (Uint8Array | string)[]): void {
    this.check();
    this.channel.socket.unsubscribe(prefixes.length === 0 ? [''] : prefixes);
  }
}

export interface Subscriber extends Readable {}
readable(Subscriber);
defineOptions(Subscriber, conflateOption, invertOption);

/** A Publisher that receives the subscriptions of its peers: a byte 1, or 0 when one ends, and the prefix. */
export class XPublisher extends Socket {
  constructor(options?: SocketOptions<XPublisher>) {
    super(XPUB, options);
  }

  /** null: of equal subscriptions the first is received, and the end of the last. A bridge tells no more than that. */
  set verbosity(value: null | 'allSubs' | 'allSubsUnsubs') {
    if (value !== null) throw unsupported('verbosity: a bridge tells of the first of equal subscriptions, and of the end of the last');
  }
}

export interface XPublisher extends Readable, Writable {}
readable(XPublisher);
writable(XPublisher);
defineOptions(XPublisher, noDropOption, invertOption, xpubOptions);

/** A Subscriber that subscribes by sending: a byte 1, or 0 to end it, and the prefix. */
export class XSubscriber extends Socket {
  constructor(options?: SocketOptions<XSubscriber>) {
    super(XSUB, options);
  }
}

export interface XSubscriber extends Readable, Writable {}
readable(XSubscriber);
writable(XSubscriber);
