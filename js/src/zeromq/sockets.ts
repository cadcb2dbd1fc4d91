import { DEALER, PAIR, PULL, PUSH, REP, REQ, ROUTER } from '../index.js';
import { unsupported } from './errno.js';
import { conflateOption, defineOptions, probeOption, requestOptions, routerOptions, routingOption } from './options.js';
import { type Readable, readable } from './readable.js';
import { Socket, type SocketOptions } from './socket.js';
import { type Writable, writable } from './writable.js';

// What a class has is said twice: to the compiler by an interface with its name, and at run time by readable and writable.

/** Talks with one other Pair. */
export class Pair extends Socket {
  constructor(options?: SocketOptions<Pair>) {
    super(PAIR, options);
  }
}

export interface Pair extends Readable, Writable {}
readable(Pair);
writable(Pair);

/** Sends requests, and receives the reply to each before it sends the next one. */
export class Request extends Socket {
  /** What the other side knows the socket by. */
  declare routingId: string | null;
  /** Replies are matched with requests anyway. */
  declare correlate: boolean;
  /** Another request may be sent before the reply has come, which is dropped then. */
  declare relaxed: boolean;

  constructor(options?: SocketOptions<Request>) {
    super(REQ, options);
  }
}

export interface Request extends Readable, Writable {}
readable(Request);
writable(Request);
defineOptions(Request, routingOption, requestOptions, probeOption);

/** Receives requests, and sends the reply to each before it receives the next one. It binds: a bridge connects no REP. */
export class Reply extends Socket {
  declare routingId: string | null;

  constructor(options?: SocketOptions<Reply>) {
    super(REP, options);
  }

  /** Throws: a bridge has a REP listen, and does not connect it. */
  override connect(_address: string): Promise<void> {
    throw unsupported('a REP socket binds at the bridge, and backends connect there');
  }
}

export interface Reply extends Readable, Writable {}
readable(Reply);
writable(Reply);
defineOptions(Reply, routingOption);

/** Sends to its peers in turn, and receives from all of them. */
export class Dealer extends Socket {
  /** What a Router knows the socket by. */
  declare routingId: string | null;
  /** Keeps only the last message, of those that wait to be received and of those that wait for a backend. */
  declare conflate: boolean;

  constructor(options?: SocketOptions<Dealer>) {
    super(DEALER, options);
  }
}

export interface Dealer extends Readable, Writable {}
readable(Dealer);
writable(Dealer);
defineOptions(Dealer, routingOption, conflateOption, probeOption);

/** Receives from many peers, and sends to the one that the first part names. */
export class Router extends Socket {
  declare routingId: string | null;

  constructor(options?: SocketOptions<Router>) {
    super(ROUTER, options);
  }

  /** Connects as every socket does. A bridge gives nobody a routingId for a peer. */
  override connect(address: string, options: RouterConnectOptions = {}): Promise<void> {
    if (options.routingId !== undefined) throw unsupported('routingId of a peer: peers bring their own');
    return super.connect(address);
  }
}

export interface RouterConnectOptions {
  routingId?: undefined;
}

export interface Router extends Readable, Writable {}
readable(Router);
writable(Router);
defineOptions(Router, routingOption, routerOptions, probeOption);

/** Receives what Push sockets send. */
export class Pull extends Socket {
  /** Keeps only the last message of those that wait to be received. */
  declare conflate: boolean;

  constructor(options?: SocketOptions<Pull>) {
    super(PULL, options);
  }
}

export interface Pull extends Readable {}
readable(Pull);
defineOptions(Pull, conflateOption);

/** Sends to Pull sockets in turn. */
export class Push extends Socket {
  /** Keeps only the last message of those that wait for a backend. */
  declare conflate: boolean;

  constructor(options?: SocketOptions<Push>) {
    super(PUSH, options);
  }
}

export interface Push extends Writable {}
writable(Push);
defineOptions(Push, conflateOption);

/** There is none through a bridge: the constructor throws. */
export class Stream extends Socket {
  constructor(options?: SocketOptions<Stream>) {
    super(11 as never, options);
  }
}
