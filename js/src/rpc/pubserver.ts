import { ZmqError } from '../errors.js';
import { callback } from '../language/report.js';
import type { Frame } from '../message/frame.js';
import { parseJSON } from '../message/json.js';
import type { SubSocket as Socket } from '../socket/sockets.js';
import { findMethod } from './names.js';

class ZmqPubRPCServer {
  [name: string]: unknown;

  /** socket is a SUB socket. */
  constructor(socket: Socket) {
    serve(this, socket);
  }
}

function serve(server: ZmqPubRPCServer, socket: Socket): void {
  socket.onmessage = (_text, parts) => {
    try {
      execute(server, socket, parts);
    } catch (thrown) {
      socket.fault(ZmqError.from(thrown));
    }
  };
}

/** Executes the call that a message carries in its last part. It has positional arguments only, and returns nothing. */
function execute(server: ZmqPubRPCServer, socket: Socket, parts: readonly Frame[]): void {
  const call = socket.engine?.rpcParse(parts[parts.length - 1]!);
  if (call === undefined) return;
  const method = findMethod(server, ZmqPubRPCServer.prototype, call.name);
  if (method === undefined) throw new ZmqError('invalid', `a published call of unknown function ${call.name}`);
  const args = call.args === '' ? [] : (parseJSON(call.args, { bigIntegers: true }) as unknown[]);
  callback((...given: unknown[]) => method.apply(server, given), ...args);
}

/** A class derived from PubRPCServer. Its prototype is there to put functions on. */
export interface PubRPCServerClass {
  new (socket: Socket): ZmqPubRPCServer;
  prototype: ZmqPubRPCServer;
}

/** PubRPCServer, made in any of the ways in which JavaScript has inherited from something. */
interface PubRPCServerConstructor {
  new (socket: Socket): ZmqPubRPCServer;
  (): PubRPCServerClass;
  (socket: Socket): ZmqPubRPCServer;
  (this: ZmqPubRPCServer, socket: Socket): void;
  readonly prototype: ZmqPubRPCServer;
}

/**
 * Executes the calls that are published to a SUB socket. new zmq.PubRPCServer(socket) makes an object to put functions on;
 * zmq.PubRPCServer(), as in 2012, makes a class whose prototype is there to put functions on.
 */
export const PubRPCServer = new Proxy(ZmqPubRPCServer, {
  apply(target, self: unknown, [socket]: [Socket?]) {
    if (socket === undefined) return class extends ZmqPubRPCServer {};
    if (!(self instanceof target)) return new target(socket);
    serve(self, socket);
    return undefined;
  },
}) as unknown as PubRPCServerConstructor;
export type PubRPCServer = ZmqPubRPCServer;
