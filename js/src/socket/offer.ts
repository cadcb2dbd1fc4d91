import type { SubscribeOptions } from '../attachment/overflow.js';
import type { SocketType } from '../attachment/sockettype.js';
import type { Decode } from '../message/decode.js';
import type { Message } from '../message/message.js';
import type { Socket } from './socket.js';
import type { DuplexSocket, PubSocket, PullSocket, PushSocket, RepSocket, ReqSocket, SubSocket, XSubSocket } from './sockets.js';
import type { SocketOptions } from './socketoptions.js';

/** The names of the types, by their numbers. */
interface TypeNames {
  0: 'PAIR';
  1: 'PUB';
  2: 'SUB';
  3: 'REQ';
  4: 'REP';
  5: 'DEALER';
  6: 'ROUTER';
  7: 'PULL';
  8: 'PUSH';
  9: 'XPUB';
  10: 'XSUB';
}

/** What a program may know of an endpoint that a bridge has a name for. */
export interface EndpointType {
  /** The types of sockets that may be opened there: 'SUB', or 'PUSH' | 'PULL'. */
  types: TypeNames[SocketType];
  /** The topics that are published there, or what they begin with. */
  topics?: string;
  /** The functions of the RPC server there: new zmq.RPCClient<Endpoints['calculator']['functions']>(req). */
  functions?: object;
}

/** The addresses that a socket of a type connects to, by what the bridge offers: its names, and those that say a transport. */
type AddressOf<E, T extends SocketType> = unknown extends E
  ? string
  : { [N in keyof E & string]: TypeNames[T] extends TypesOf<E[N]> ? N : never }[keyof E & string] | `${'tcp' | 'ipc'}://${string}`;

type TypesOf<Endpoint> = Endpoint extends { types: infer Types } ? Types : never;

/** The prefixes that a SUB is offered; any other one may be given, too. */
type TopicOf<E> = unknown extends E ? string : { [N in keyof E]: E[N] extends { topics: infer P extends string } ? P : never }[keyof E];

/** The type of a socket, by the number of its type. Where that is known at run time only, it is a Socket, which has everything. */
export type SocketOf<T extends SocketType, M = Message, E = unknown> = [T] extends [2]
  ? SubSocket<M, AddressOf<E, T>, TopicOf<E>>
  : [T] extends [3]
    ? ReqSocket<M, AddressOf<E, T>>
    : [T] extends [4]
      ? RepSocket<M, AddressOf<E, T>>
      : [T] extends [1]
        ? PubSocket<AddressOf<E, T>>
        : [T] extends [8]
          ? PushSocket<AddressOf<E, T>>
          : [T] extends [7]
            ? PullSocket<M, AddressOf<E, T>>
            : [T] extends [10]
              ? XSubSocket<M, AddressOf<E, T>, TopicOf<E>>
              : [T] extends [0] | [5] | [6] | [9]
                ? DuplexSocket<M, AddressOf<E, T>>
                : Socket<M>;

/** The options that only what subscribes has. */
type Subscribing = keyof SubscribeOptions | 'hidden';

/** The options of a socket, by the number of its type. What decode is, is said beside. */
export type OptionsOf<T extends SocketType> = [T] extends [8]
  ? Omit<SocketOptions, Subscribing>
  : [T] extends [1]
    ? Omit<SocketOptions, Subscribing | 'idempotent'>
    : [T] extends [0 | 3 | 4 | 5 | 6 | 7 | 9]
      ? Omit<SocketOptions<Decode>, Subscribing | 'idempotent'>
      : [T] extends [10]
        ? Omit<SocketOptions<Decode>, 'hidden' | 'idempotent'>
        : [T] extends [2]
          ? Omit<SocketOptions<Decode>, 'idempotent'>
          : SocketOptions<Decode>;
