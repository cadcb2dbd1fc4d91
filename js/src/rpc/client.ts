// The room "rpc" has the clients and servers of remote procedure calls, each of which is built on a socket. The room
// imports socket, message, language and errors.ts, and only index.ts imports it.
import { ZmqError } from '../errors.js';
import { callable } from '../language/callable.js';
import { describe } from '../language/describe.js';
import { Outcome } from '../language/outcome.js';
import { knowItself, proxied } from '../language/proxied.js';
import { callback } from '../language/report.js';
import type { Frame } from '../message/frame.js';
import { parseJSON, writeJSON } from '../message/json.js';
import type { Payload } from '../socket/call.js';
import type { RequestOptions } from '../socket/requests.js';
import type { ReqSocket as Socket } from '../socket/sockets.js';
import { type Functions, type RemoteApi, remoteApi } from './api.js';
import type { Description } from './description.js';
import { callEnvelope, returnedValue } from './envelope.js';

/** Gets what the function returned; or undefined, and the error. */
export type RPCCallback = (value: unknown, error?: unknown) => unknown;

class ZmqRPCClient<Api extends object = Functions> {
  readonly #socket: Socket;
  /**
   * The functions of the server: await client.api.add(1, 2). Named arguments come last: client.api.add(1, 2, kwargs({ carry: 3 })).
   * client.api<Calculator>({ timeout: 1000 }) are the same functions with the types of an interface, and with options.
   */
  readonly api: RemoteApi<Api>;

  /** socket is a REQ socket. */
  constructor(socket: Socket) {
    knowItself(this);
    if (socket?.asks !== true) throw new ZmqError('invalid', 'an RPCClient calls on a REQ socket');
    this.#socket = socket;
    this.api = remoteApi<Api>((name, args, named, options) => this.call(name, args, named, options));
  }

  /** Asks the server what functions it has. One that does not tell, as those of 2012 do not, fails with code "failed". */
  describe(options?: RequestOptions): Promise<Description> {
    return this.call<Description>('rpc.describe', [], null, options);
  }

  /**
   * Calls a function as in 2012: when the calls before it have been answered, and with a callback. args is a list of
   * arguments, or the only one. The promise has the value as well, and may be ignored.
   */
  rpc(name: string, args?: unknown, kwargs?: object | null, reply?: RPCCallback): Promise<unknown> {
    const value = this.#exchange(name, args, kwargs, { inTurn: true });
    if (reply === undefined) return Outcome.of(value, (why) => this.#socket.fault(ZmqError.from(why)));
    value.then(
      (returned) => callback(reply, returned),
      (why: unknown) => callback(reply, undefined, why),
    );
    return Outcome.of(value, () => {}); // the callback is told
  }

  /**
   * Calls a function at once, whatever else is under way. When the function fails, it is a ZmqError with code "failed".
   * NaN and Infinity arrive as such, and an integer beyond 2^53 arrives as a BigInt. What JSON has no words for, such as
   * NaN, cannot be sent: code "invalid". The promise may be ignored: then a failure is an 'error' event of the socket.
   */
  call<T = unknown>(
    name: string,
    args?: readonly unknown[],
    kwargs?: object | null,
    options?: RequestOptions,
  ): Promise<T> {
    const value = this.#exchange(name, args, kwargs, options) as Promise<T>;
    return Outcome.of(value, (why) => this.#socket.fault(ZmqError.from(why)));
  }

  #exchange(
    name: string,
    args: unknown,
    kwargs: object | null | undefined,
    options: (RequestOptions & { inTurn?: boolean }) | undefined,
  ): Promise<unknown> {
    const socket = this.#socket;
    try {
      return socket.exchange(request(name, args, kwargs), options).then((reply) => returned(socket, reply));
    } catch (thrown) {
      return Promise.reject(thrown as Error);
    }
  }
}

/** Makes the request that calls a function. Throws when there cannot be such a call. */
function request(name: string, args: unknown, kwargs: object | null | undefined): Payload {
  if (typeof name !== 'string') throw new ZmqError('invalid', `the name of a function is text, not ${describe(name)}`);
  if (typeof kwargs === 'function') throw new ZmqError('invalid', 'keyword arguments are an object, not a function');
  const envelope = callEnvelope(name, writeJSON(args, 'an argument'), writeJSON(kwargs, 'an argument'));
  return typeof envelope === 'function' ? (engine) => [envelope(engine)] : [envelope];
}

/** Returns the value that a reply carries in its last part. Throws when the reply carries an error. */
function returned({ engine }: Socket, reply: readonly Frame[]): unknown {
  if (engine === undefined) throw new ZmqError('closed', 'the context was closed');
  return returnedValue(engine, reply[reply.length - 1]!);
}

proxied(ZmqRPCClient, 'RPCClient');

interface RPCClientConstructor {
  /** @internal For the room "streams": makes a call, and reads and writes JSON. */
  readonly json: typeof json;
  new <Api extends object = Functions>(socket: Socket): ZmqRPCClient<Api>;
  <Api extends object = Functions>(socket: Socket): ZmqRPCClient<Api>;
  readonly prototype: ZmqRPCClient;
}

const json = { call: request, parse: (text: string): unknown => parseJSON(text, { bigIntegers: true }), write: writeJSON };

/**
 * Calls the functions of a server that answers on a REQ socket. It is made with new zmq.RPCClient(socket), or without new.
 */
export const RPCClient = /* @__PURE__ */ Object.assign(callable(ZmqRPCClient), { json }) as RPCClientConstructor;
export type RPCClient<Api extends object = Functions> = ZmqRPCClient<Api>;
