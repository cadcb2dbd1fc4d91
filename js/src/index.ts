// What the package exports. The entry points module.ts, node.ts and script.ts export all of it.
export {
  Context,
  type ContextEvents,
  type ContextGap,
  type ContextOptions,
  configure,
  type SocketFactory,
  type WebSocketConstructor,
} from './context.js';
export { type CredentialsQuery, type CredentialsReason } from './connection/login.js';
export { type Configuration } from './engine/source.js';
export { type WasmSource } from './engine/loader.js';
export { type ErrorCode, ZmqError } from './errors.js';
export { type WaitOptions } from './language/wait.js';
export { Frame } from './message/frame.js';
export { type Position } from './message/position.js';
export { type Codec, type Codecs } from './message/codec.js';
export { type Decode, type Decoded } from './message/decode.js';
export { type Message, type MessageLike } from './message/message.js';
export { type Messages } from './reception/messages.js';
export { type Overflow, type SubscribeOptions } from './attachment/overflow.js';
export { type RequestOptions } from './socket/requests.js';
export { Kwargs, kwargs } from './rpc/api.js';
export { RPCClient, type RPCCallback } from './rpc/client.js';
export { type Description, type FunctionDescription, type ParamDescription } from './rpc/description.js';
export { PubRPCServer, type PubRPCServerClass } from './rpc/pubserver.js';
export { RPCServer } from './rpc/server.js';
export { type MessageHandler, type ReplyCallback, Socket } from './socket/socket.js';
export { type EndpointType, type OptionsOf, type SocketOf } from './socket/offer.js';
export {
  type BaseSocket,
  type DuplexSocket,
  type PubSocket,
  type PullSocket,
  type PushSocket,
  type RepSocket,
  type ReqSocket,
  type SubSocket,
  type XSubSocket,
} from './socket/sockets.js';
export { type CloseOptions } from './socket/farewell.js';
export { type Conflated, type Gap, type Recovered, type SocketEvents } from './socket/socketevents.js';
export { type ConnectOptions, type SocketOptions } from './socket/socketoptions.js';
export { DEALER, PAIR, PUB, PULL, PUSH, REP, REQ, ROUTER, SUB, type SocketType, XPUB, XSUB } from './attachment/sockettype.js';
export { type Hidden } from './link/visibility.js';
export { type Stats } from './link/stats.js';
export { type ContextState, type Reset, type Status } from './link/status.js';
export { uuid } from './socket/uuid.js';
