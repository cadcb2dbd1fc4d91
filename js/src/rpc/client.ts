import { ZmqError } from '../errors.js';
import { callable } from '../language/callable.js';
import { Outcome } from '../language/outcome.js';
import { callback } from '../language/report.js';
import type { Frame } from '../message/frame.js';
import type { RequestOptions } from '../socket/requests.js';
import type { Socket } from '../socket/socket.js';

/** Gets what the function returned; or undefined, and why. */
export type RPCCallback = (value: unknown, error?: unknown) => unknown;

/** The functions of a server, as they look from here. */
type Functions = Record<string, (...args: unknown[]) => unknown>;

type Remote<Api> = {
  [Name in keyof Api]: Api[Name] extends (...args: infer Args) => infer Value
    ? (...args: Args) => Promise<Awaited<Value>>
    : never;
};

class ZmqRPCClient<Api extends object = Functions> {
  readonly #socket: Socket;
  /** The server's functions: await client.api.add(1, 2). */
  readonly api: Remote<Api>;

  /** socket is a REQ socket. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.api = new Proxy({} as Remote<Api>, {
      get: (_target, name) => {
        if (typeof name !== 'string' || name === 'then') return undefined; // not a promise
        return (...args: unknown[]) => this.call(name, args);
      },
    });
  }

  /**
   * Calls a function as in 2012: when the calls before it have been answered, and with the callback told. args is a
   * list, or the one argument. The promise has the value as well; nobody has to look at it.
   */
  rpc(name: string, args?: unknown, kwargs?: object | null, reply?: RPCCallback): Promise<unknown> {
    const value = this.#exchange(name, args, kwargs, { inTurn: true });
    if (reply === undefined) return Outcome.of(value, (why) => this.#socket.fault(ZmqError.from(why)));
    value.then(
      (returned) => callback(reply, returned),
      (why: unknown) => callback(reply, undefined, why),
    );
    return Outcome.of(value, () => {}); // the callback was told
  }

  /** Calls a function at once, whatever else is under way. Its own failure is a ZmqError with code "failed". */
  call<T = unknown>(
    name: string,
    args?: readonly unknown[],
    kwargs?: object | null,
    options?: RequestOptions,
  ): Promise<T> {
    return this.#exchange(name, args, kwargs, options) as Promise<T>;
  }

  async #exchange(
    name: string,
    args: unknown,
    kwargs: object | null | undefined,
    options: (RequestOptions & { inTurn?: boolean }) | undefined,
  ): Promise<unknown> {
    const socket = this.#socket;
    const [argsText, kwargsText] = [stringify(args), stringify(kwargs)];
    const reply = await socket.exchange((engine) => [engine.rpcCall(name, argsText, kwargsText)], options);
    return returned(socket, reply);
  }
}

/** The value that a reply carries, in its last part. */
function returned(socket: Socket, reply: readonly Frame[]): unknown {
  const { engine } = socket;
  if (engine === undefined) throw new ZmqError('closed', 'the context was closed');
  const value = engine.rpcResult(reply[reply.length - 1]!);
  return value === '' ? undefined : (JSON.parse(value) as unknown);
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch (cause) {
    throw new ZmqError('invalid', `an argument is not JSON: ${cause instanceof Error ? cause.message : ''}`, { cause });
  }
}

interface RPCClientConstructor {
  new <Api extends object = Functions>(socket: Socket): ZmqRPCClient<Api>;
  <Api extends object = Functions>(socket: Socket): ZmqRPCClient<Api>;
  readonly prototype: ZmqRPCClient;
}

/** Calls functions of an RPC server behind a REQ socket: new zmq.RPCClient(socket), or without new. */
export const RPCClient = callable(ZmqRPCClient) as RPCClientConstructor;
export type RPCClient<Api extends object = Functions> = ZmqRPCClient<Api>;
