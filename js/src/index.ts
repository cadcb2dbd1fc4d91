export { type WaitOptions } from './abort.js';
export {
  Context,
  type ContextEvents,
  type ContextOptions,
  type SocketFactory,
  type WebSocketConstructor,
} from './context.js';
export { type Configuration, configure } from './engine/shared.js';
export { type WasmSource } from './engine/loader.js';
export { type ErrorCode, ZmqError } from './errors.js';
export { Frame } from './frame.js';
export { type ContextState, type Status } from './link.js';
export { type MessageLike } from './message.js';
export { type Messages } from './messages.js';
export { type RequestOptions } from './requests.js';
export { RPCClient, type RPCCallback } from './rpc/client.js';
export { PubRPCServer, type PubRPCServerClass } from './rpc/pubserver.js';
export { RPCServer } from './rpc/server.js';
export { type Gap, type MessageHandler, type ReplyCallback, Socket, type SocketEvents, type SocketOptions } from './socket.js';
export { DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, type SocketType, XPUB, XSUB } from './sockettype.js';
export { uuid } from './uuid.js';
