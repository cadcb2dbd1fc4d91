import { ZmqError } from '../errors.js';
import { report } from '../language/report.js';
import type { Frame } from '../message/frame.js';
import { parseJSON, writeJSON } from '../message/json.js';
import type { RepSocket as Socket } from '../socket/sockets.js';
import { returnEnvelope } from './envelope.js';
import { findGuard, findMethod, isListed } from './names.js';

class ZmqRPCServer {
  /** The names of the functions that may be called. All of them may when this is undefined or null. */
  declare authorized_functions?: readonly string[] | null;
  /** @internal For the room "streams": calls a function, and tells of what one threw. */
  static readonly inside = { invoke, report };
  [name: string]: unknown;

  /** socket is a REP socket. Without a socket this is a prototype to build on. */
  constructor(socket?: Socket) {
    if (socket !== undefined) serve(this, socket);
  }
}

function serve(server: ZmqRPCServer, socket: Socket): void {
  if (socket.asks) throw new ZmqError('invalid', 'an RPCServer answers on a REP socket, and this is a REQ');
  socket.onmessage = async (_text, parts) => {
    const reply = await answer(server, socket, parts);
    if (reply !== undefined) void socket.send(reply);
  };
}

/** Makes the answer to a request. Whatever goes wrong is an answer too, or the caller would wait for ever. */
async function answer(server: ZmqRPCServer, socket: Socket, request: readonly Frame[]): Promise<string | Uint8Array | undefined> {
  const { engine } = socket;
  if (engine === undefined) return undefined; // nobody is there to answer
  try {
    const call = engine.rpcParse(request[request.length - 1]!);
    const value = await invoke(server, call.name, argumentsOf(call.args, call.kwargs));
    return returnEnvelope(engine, writeJSON(value, `what ${call.name} returned`));
  } catch (thrown) {
    if (!(thrown instanceof ZmqError)) report(thrown); // the function threw it, and its author wants to see it
    return engine.rpcError(ZmqError.from(thrown).message);
  }
}

async function invoke(server: ZmqRPCServer, name: string, args: unknown[]): Promise<unknown> {
  const method = findMethod(server, ZmqRPCServer.prototype, name);
  if (method === undefined) throw new ZmqError('invalid', `unknown function ${name}`);
  if (!isListed(server.authorized_functions, name)) throw new ZmqError('denied', unauthorized);
  const guard = findGuard(server, ZmqRPCServer.prototype, name);
  if (guard !== undefined && !(await guard.apply(server, args))) throw new ZmqError('denied', unauthorized);
  return method.apply(server, args);
}

/** The text is that of the servers of 2012. */
const unauthorized = 'unauthorized access';

/** The arguments of a call as a function takes them: the positional ones, then the named ones if there are any. */
function argumentsOf(args: string, kwargs: string): unknown[] {
  const positional = args === '' ? [] : (parseJSON(args, { bigIntegers: true }) as unknown[]);
  const named = kwargs === '' ? {} : (parseJSON(kwargs, { bigIntegers: true }) as object);
  return Object.keys(named).length === 0 ? positional : [...positional, named];
}

/** RPCServer, made in any of the ways in which JavaScript has inherited from something. */
interface RPCServerConstructor {
  new (socket?: Socket): ZmqRPCServer;
  (socket?: Socket): ZmqRPCServer;
  (this: ZmqRPCServer, socket?: Socket): void;
  /** @internal */
  readonly inside: { readonly invoke: typeof invoke; readonly report: typeof report };
  readonly prototype: ZmqRPCServer;
}

/**
 * Serves the functions of an object to backends that ask on the address of a REP socket. It is there to be extended: with
 * class, or with zmq.RPCServer.call(this, socket) and a prototype. Keyword arguments, if there are any, come as the last
 * argument. A function may return a promise. Beside a function f there may be can_f, which is called before it with the
 * same arguments, and tells whether the call is allowed.
 */
export const RPCServer = new Proxy(ZmqRPCServer, {
  apply(target, self: unknown, [socket]: [Socket?]) {
    if (!(self instanceof target)) return new target(socket);
    if (socket !== undefined) serve(self, socket);
    return undefined;
  },
}) as RPCServerConstructor;
export type RPCServer = ZmqRPCServer;
