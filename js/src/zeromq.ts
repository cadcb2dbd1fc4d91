// The entry of zeromq.mjs: what zeromq.js exports, by the same names. It is made of what index.ts exports, and has no part of
// the client of its own.
export { capability, curveKeyPair, version } from './zeromq/capability.js';
export { Context, type ContextOptions, context } from './zeromq/context.js';
export { type ErrnoCode, type ErrnoError } from './zeromq/errno.js';
export { type Message, type MessageLike } from './zeromq/message.js';
export { type Event, type EventOfType, type EventType, Observer } from './zeromq/observer.js';
export { Proxy } from './zeromq/proxy.js';
export { Publisher, Subscriber, XPublisher, XSubscriber } from './zeromq/pubsub.js';
export { type Readable } from './zeromq/readable.js';
export { Socket, type SocketOptions } from './zeromq/socket.js';
export { Dealer, Pair, Pull, Push, Reply, Request, Router, type RouterConnectOptions, Stream } from './zeromq/sockets.js';
export { type Writable } from './zeromq/writable.js';
