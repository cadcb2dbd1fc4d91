// The room "streams" has streams of remote calls over a DEALER (core/PROTOCOL.md, section 14). It is made of what index.ts
// exports, and has no part of the client of its own.
import { type DuplexSocket, RPCClient, type ReqSocket } from '../index.js';
import { Conversation, type StreamClientOptions } from './conversation.js';
import { ItemStream, type StreamOptions } from './itemstream.js';

/** The functions of a server of which nothing is known. */
type Functions = Record<string, (...args: unknown[]) => unknown>;

/**
 * Calls the functions of a server behind a ROUTER, and streams, over a DEALER socket that is connected to this server alone. It is
 * an RPCClient besides, so it has call, api and describe.
 */
export class StreamClient<Api extends object = Functions> extends RPCClient<Api> {
  readonly #conversation: Conversation;

  /** socket is a DEALER socket. What it receives goes to this client. */
  constructor(socket: DuplexSocket, options?: StreamClientOptions) {
    const conversation = new Conversation(socket, options);
    super(conversation as unknown as ReqSocket); // an RPCClient needs no more of a socket
    this.#conversation = conversation;
  }

  /**
   * Calls a function that is a stream, as soon as somebody asks for an item:
   *
   *     for await (const line of client.stream('tail', ['log'])) show(line);
   *
   * A loop that is slow slows down the function: never more than `credit` items wait. Leaving the loop cancels the function.
   * The loop throws a ZmqError: with the code that the server says, which is "failed" for an error of the function; "unsupported" when
   * the server has no streams; "lost" when the server or the bridge went away; "timeout" when the server does not answer any more.
   */
  stream<T = unknown>(name: string, args?: readonly unknown[], kwargs?: object | null, options?: StreamOptions): ItemStream<T> {
    return new ItemStream<T>(this.#conversation, name, args, kwargs, options);
  }
}
