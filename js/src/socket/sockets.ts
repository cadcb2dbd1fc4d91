import type { Message } from '../message/message.js';
import type { WaitOptions } from '../language/wait.js';
import type { Socket } from './socket.js';
import type { SocketEvents } from './socketevents.js';
import type { ConnectOptions } from './socketoptions.js';

// What the sockets of each type can do. At run time they all are of the class Socket; here what one of them cannot do is left
// out, so that it does not compile. M is what it receives, A the addresses that it connects to, P the prefixes that it may
// subscribe to.

/** What sockets have that receive. */
type Receives = 'receive' | 'messages' | 'readable' | 'onmessage' | typeof Symbol.asyncIterator;
/** What sockets have that subscribe. */
type Subscribes = 'subscribe' | 'unsubscribe' | 'position';
type Binds = 'bind' | 'unbind';

/** Their events, of which on and off return the socket. */
interface Events {
  on<K extends keyof SocketEvents>(type: K, listener: (...args: SocketEvents[K]) => unknown): this;
  off<K extends keyof SocketEvents>(type: K, listener: (...args: SocketEvents[K]) => unknown): this;
}

/** A Socket without some of what it has. */
type Without<M, A extends string, P extends string, O extends WaitOptions, K extends keyof Socket> = Omit<
  Socket<M, A, P, O>,
  K | 'on' | 'off'
>;

/** What all sockets have. */
export interface BaseSocket<A extends string = string>
  extends Without<never, A, string, WaitOptions, Receives | Subscribes | Binds | 'send' | 'request'>,
    Events {}

/** Asks, and gets the replies. */
export interface ReqSocket<M = Message, A extends string = string>
  extends Without<M, A, string, WaitOptions, Subscribes | Binds>,
    Events {}

/** Gets requests, and answers the one that was delivered last. It binds, at the bridge. */
export interface RepSocket<M = Message, A extends string = string>
  extends Without<M, A, string, WaitOptions, Subscribes | 'request'>,
    Events {}

/** Sends to all who have subscribed. */
export interface PubSocket<A extends string = string>
  extends Without<never, A, string, WaitOptions, Receives | Subscribes | 'request'>,
    Events {}

/** Receives what it has subscribed to. */
export interface SubSocket<M = Message, A extends string = string, P extends string = string>
  extends Without<M, A, P, ConnectOptions, 'send' | 'request'>,
    Events {}

/** Hands out work. */
export interface PushSocket<A extends string = string>
  extends Without<never, A, string, WaitOptions, Receives | Subscribes | 'request'>,
    Events {}

/** Takes work. */
export interface PullSocket<M = Message, A extends string = string>
  extends Without<M, A, string, WaitOptions, Subscribes | 'send' | 'request'>,
    Events {}

/** Sends and receives whenever it likes. It is what PAIR, DEALER and ROUTER have, and XPUB. */
export interface DuplexSocket<M = Message, A extends string = string>
  extends Without<M, A, string, WaitOptions, Subscribes | 'request'>,
    Events {}

/** Receives what it has subscribed to, and subscribes by sending if it likes. */
export interface XSubSocket<M = Message, A extends string = string, P extends string = string>
  extends Without<M, A, P, ConnectOptions, 'request'>,
    Events {}
