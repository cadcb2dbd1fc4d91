/// <reference lib="esnext.disposable" preserve="true" />
// The room "socket" is what a page holds: sockets that connect, subscribe, send, receive and ask, over the connection of
// their context. Socket is what the page sees of one; SocketPeer is what the link sees of it; the other files are its
// parts. It imports attachment, reception, link, engine, message, language and errors.ts. The room "rpc" and context.ts
// import it.
import type { SubscribeOptions } from '../attachment/overflow.js';
import { REP, REQ, type SocketType } from '../attachment/sockettype.js';
import type { Engine } from '../engine/engine.js';
import { ZmqError } from '../errors.js';
import { visibleArguments } from '../language/arity.js';
import { disposable } from '../language/disposable.js';
import { describe } from '../language/describe.js';
import { Emitter } from '../language/emitter.js';
import { Outcome } from '../language/outcome.js';
import { proxied } from '../language/proxied.js';
import { callback } from '../language/report.js';
import { type WaitOptions, waitOf, within, wrongWait } from '../language/wait.js';
import type { Link } from '../link/link.js';
import type { Frame } from '../message/frame.js';
import { type Decode, decoderOf } from '../message/decode.js';
import { type Message, type MessageLike, lastText, partsOf } from '../message/message.js';
import type { Position } from '../message/position.js';
import type { Messages } from '../reception/messages.js';
import type { Payload } from './call.js';
import { Failures } from './failures.js';
import { type CloseOptions, lingerOf } from './farewell.js';
import type { RequestOptions } from './requests.js';
import { isSendOnly, nothingComes } from './sendonly.js';
import type { SocketEvents } from './socketevents.js';
import { type ConnectOptions, type SocketOptions, checkSocketOptions, identityOf } from './socketoptions.js';
import { SocketPeer } from './socketpeer.js';
import { uuid } from './uuid.js';

/** Gets the last part of a message as text, which is all of a message of one part, and all parts. */
export type MessageHandler = (this: Socket, text: string, parts: Message) => unknown;

/** Gets the last part of the reply as text; or undefined, and the error. */
export type ReplyCallback = (text: string | undefined, error?: unknown) => unknown;

/** What subscribe takes: one prefix, or a list of them. Those of P are offered, and any other one may be given, too. */
type Prefixes<P> = P | (string & {}) | Exclude<MessageLike, string> | readonly MessageLike[];

/**
 * A ZeroMQ socket. It is made with context.Socket(type), and can do what its type can; the types SubSocket, ReqSocket and so on
 * have no more than that. M is what it receives, A the addresses that it connects to, P the prefixes that it is offered.
 */
export class Socket<
  M = Message,
  A extends string = string,
  P extends string = string,
  O extends WaitOptions = ConnectOptions,
> extends Emitter<SocketEvents> {
  readonly type: SocketType;
  readonly identity: string;
  /** Closes the socket: await using socket = context.Socket(zmq.SUB). */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #peer: SocketPeer;
  readonly #failures = new Failures(this);
  readonly #decode: (message: Message) => M;
  #onmessage: MessageHandler | null = null;

  /** @internal */
  constructor(link: Link, type: SocketType, given?: SocketOptions<Decode> | null) {
    super();
    this.type = type;
    const options = given ?? {};
    checkSocketOptions(type, options);
    this.#decode = decoderOf(options.decode) as (message: Message) => M;
    const identity = identityOf(options);
    this.identity = identity ?? uuid();
    const told = type === REP || identity !== undefined ? this.identity : '';
    this.#peer = new SocketPeer(link, type, told, options, this, this.#failures);
  }

  // Endpoints.

  /**
   * Connects to a ZeroMQ address, or to a name that the bridge gives a meaning to. A REP socket is bound there, at the
   * bridge. The bridge decides by the user and by params whether that is allowed.
   *
   * The promise is fulfilled when the backend is reached, and rejects when the bridge refuses or reports the backend down.
   * A backend that is down is tried again, and gets what is sent to it meanwhile. When the signal of the options is aborted, the
   * connect is taken back. The promise may be ignored. As in libzmq, to connect a REQ, SUB, PUB or DEALER to an address again
   * changes nothing.
   */
  connect(address: A, params?: object | null, options?: O | null): Promise<void> {
    return this.#attach(address, params, this.type === REP, options ?? {});
  }

  /** Has the bridge listen at an address. When the signal is aborted, that is taken back. The promise may be ignored. */
  bind(address: string, params?: object | null, options?: WaitOptions | null): Promise<void> {
    return this.#attach(address, params, true, options ?? {});
  }

  /**
   * Takes back a connect of the same address. The socket goes on with its other addresses, and gets nothing more from this
   * one. What waits to be sent there goes to the others; if there are none, it fails with code "unavailable". A request that
   * was sent there and not answered fails with code "lost", unless it is idempotent.
   *
   * The promise is fulfilled when the bridge has let go of the address. It rejects with code "invalid" when the socket is not
   * connected there, and with "unsupported" when the bridge is too old for it. It may be ignored.
   */
  disconnect(address: A, options?: WaitOptions | null): Promise<void> {
    return this.#detach(address, this.type === REP, options ?? {});
  }

  /** Takes back a bind of the same address, as disconnect does. Nobody listens there then, unless another client does. */
  unbind(address: string, options?: WaitOptions | null): Promise<void> {
    return this.#detach(address, true, options ?? {});
  }

  #detach(address: string, bind: boolean, options: WaitOptions): Promise<void> {
    const answer = this.#peer.attachments.disconnect(address, bind);
    return this.#awaited(within(answer, options, () => `the bridge has not let go of ${address} in time`));
  }

  #attach(address: string, params: object | null | undefined, bind: boolean, options: ConnectOptions): Promise<void> {
    const { since, timeout, signal } = options;
    const wrong = wrongWait(options) ?? (signal?.aborted && signal.reason);
    if (wrong) return this.#awaited(Promise.reject(wrong));
    if (this.#peer.reception.filter.read(params)) this.#peer.attachments.asIn2012();
    const answer = this.#peer.attachments.connect(address, params, bind, since, timeout);
    const late = (): string => `${address} is not there in time`;
    const takeBack = (why: unknown): void => {
      if (signal?.aborted && why === signal.reason) void this.#detach(address, bind, {}).catch(() => {}); // it may be gone already
    };
    answer.catch(() => {}); // it may fail when it was given up already
    const outcome = within(answer, options, late);
    if (signal !== undefined) outcome.catch(takeBack);
    return this.#awaited(outcome);
  }

  /** Makes a promise one that may be ignored, where a failure is an 'error' event anyway. */
  #awaited(promise: Promise<void>): Promise<void> {
    return Outcome.of(promise, (why) => this.#failures.unobserved(why));
  }

  /**
   * The address of the last endpoint that the bridge has opened. Where the socket was bound to an address with a wildcard,
   * as in tcp://127.0.0.1:*, it is the one where the bridge listens.
   */
  get lastEndpoint(): string | undefined {
    return this.#peer.attachments.lastEndpoint;
  }

  /**
   * Where the page is in the history of an endpoint: at the last message that it was handed. It is undefined where the
   * bridge keeps no history. The page can keep it wherever it likes, and give it as `since` to a later connect, on this
   * page or another. The address may be left out when there is only one endpoint.
   */
  position(address?: A): Position | undefined {
    const endpoint = this.#peer.attachments.endpoint(address);
    return endpoint === undefined ? undefined : this.#peer.reception.position(endpoint);
  }

  /**
   * Waits until every endpoint is open and every subscription is live. Rejects when one is refused, and with code
   * "unavailable" when a backend is reported down meanwhile. Called again, it waits for the backend to come back.
   */
  ready(options?: WaitOptions | null): Promise<void> {
    return Outcome.of(this.#peer.attachments.ready(options ?? {}), () => {}); // whoever does not look need not be told
  }

  // Subscriptions.

  /**
   * Subscribes to the messages whose first part begins with one of these prefixes, which are text or bytes, or lists of
   * them; '' is the prefix of everything. A SUB socket that subscribes to nothing gets nothing; but see onmessage. Options may come last:
   * subscribe('a', 'b', { overflow: 'conflate', rate: 20 }). The promise is fulfilled when the subscriptions are live; on
   * a socket that is not connected yet, at once. It may be ignored.
   */
  subscribe(...prefixes: Prefixes<P>[]): Promise<void>;
  subscribe(...prefixesAndOptions: [...prefixes: Prefixes<P>[], options: SubscribeOptions]): Promise<void>;
  subscribe(...given: (Prefixes<P> | SubscribeOptions)[]): Promise<void> {
    return this.#awaited(this.#peer.attachments.subscribe(given));
  }

  /** Takes back what subscribe added: each of the prefixes once. */
  unsubscribe(...prefixes: Prefixes<P>[]): void {
    this.#peer.attachments.unsubscribe(prefixes);
  }

  // Sending.

  /**
   * Sends a message, which is one part or a list of them.
   *
   * - On a REQ socket it is a request. It is sent when those before it have been answered, and the promise has the reply.
   * - On a REP socket it answers the request that was delivered last.
   * - On the others the promise has no parts, and is fulfilled when there was room for the message.
   *
   * With the options { timeout, signal } it is given up, and what waits for room then is not sent. A callback instead gets the
   * last part of the reply as text; or undefined, and the error. The promise may be ignored.
   */
  send(message: MessageLike | readonly MessageLike[], given?: ReplyCallback | WaitOptions | null): Promise<Frame[]> {
    const [reply, options] = typeof given === 'function' ? [given] : [undefined, given ?? undefined];
    const sent = promised(() => this.#peer.send(partsOf(message), options));
    if (this.type === REQ) sent.then((parts) => this.#peer.reception.replied(parts), () => {}); // the failure is told below
    if (reply === undefined) return Outcome.of(sent, (why) => options?.signal?.aborted || this.#failures.failed(why));
    sent.then(
      (parts) => callback(reply, lastText(parts)),
      (why: unknown) => callback(reply, undefined, why),
    );
    return Outcome.of(sent, () => {}); // the callback is told
  }

  /**
   * Sends a request at once, whatever else is under way. The promise has the reply: its parts, or what the option decode makes
   * of them. It may be ignored: then a failure is an 'error' event.
   */
  request(message: MessageLike | readonly MessageLike[], options?: RequestOptions | null): Promise<M> {
    const reply = promised(() => this.#peer.request(partsOf(message), options).then(this.#decode));
    return Outcome.of(reply, (why) => options?.signal?.aborted || this.#failures.failed(why));
  }

  // For the room "rpc".

  /** @internal Sends a request whose parts are made when the engine is there: in turn as send does, or else at once. */
  exchange(payload: Payload, options?: RequestOptions & { inTurn?: boolean }): Promise<Frame[]> {
    return promised(() => this.#peer.request(payload, options));
  }

  /** @internal Whether it asks, and gets answers. */
  get asks(): boolean {
    return this.type === REQ;
  }

  /** @internal */
  get engine(): Engine | undefined {
    return this.#peer.engine;
  }

  /** @internal Reports an error of what is built on this socket. */
  fault(error: ZmqError): void {
    this.#failures.failed(error);
  }

  // Receiving.

  /**
   * Gets every message, beginning with those that have waited for it. Without it, messages wait for an iterator. On a REQ
   * socket it gets the replies to send, as the promises do.
   *
   * As in 2012, a SUB socket that is set up with this, or with the parameter msgfilter, gets everything for as long as it has
   * never subscribed.
   */
  get onmessage(): MessageHandler | null {
    return this.#onmessage;
  }

  set onmessage(handler: MessageHandler | null) {
    handler ??= null;
    if (handler !== null && typeof handler !== 'function') {
      throw new ZmqError('invalid', `onmessage is a function, not ${describe(handler)}`);
    }
    this.#onmessage = handler;
    if (handler !== null) this.#peer.attachments.asIn2012();
    this.listenersChanged();
  }

  /** @internal */
  protected override listenersChanged(): void {
    const handler = this.#onmessage;
    if (isSendOnly(this.type) && (handler !== null || this.listens('message'))) {
      this.#failures.failed(new ZmqError('invalid', nothingComes(this.type)));
    }
    const self = this as unknown as Socket;
    this.#peer.reception.handle(
      handler === null ? null : (text, parts) => handler.call(self, text, parts),
      this.listens('message') ? (text, parts) => this.emit('message', text, parts) : null,
      handler === null ? 0 : visibleArguments(handler),
    );
  }

  /** Whether receive would return a message at once. On a REQ socket, where replies are promises, it is false. */
  get readable(): boolean {
    return this.#peer.reception.ready;
  }

  /**
   * Waits for the next message: receive({ timeout: 1000 }), or receive({ signal }). When it gives up, the next message is
   * left for whoever asks next; a message that has come by then is returned. On a REQ socket it is the reply to a send
   * that is outstanding. Where nothing can ever come it rejects with code "invalid".
   */
  async receive(options?: WaitOptions | null): Promise<M> {
    if (this.type === REQ && this.closed) throw this.#peer.why;
    const message = await this.#peer.reception.receive(options ?? {});
    if (message === undefined) throw this.#peer.why ?? new ZmqError('closed', 'the socket was closed');
    return this.#decode(message);
  }

  /** Iterates over the messages, each of which is a list of parts. Several iterators share the messages out. */
  messages(options?: { signal?: AbortSignal } | null): Messages<M> {
    const wrong = wrongWait(options ?? {});
    if (wrong !== undefined) throw wrong;
    return this.#peer.reception.messages(this.#decode, options?.signal);
  }

  [Symbol.asyncIterator](): Messages<M> {
    return this.messages();
  }

  // The end.

  get closed(): boolean {
    return this.#peer.closed;
  }

  /**
   * Lets the socket do what it has begun, and closes it then: what was sent leaves, requests get their answers, and what has
   * come is handed out until the page is done with it. A SUB or PULL disconnects first. Nothing new can be sent meanwhile. The
   * promise is that of close. When the time of the options is over (by default it is the requestTimeout), the socket is closed
   * all the same, and the promise rejects with code "timeout". It may be ignored.
   */
  drain(options?: WaitOptions | null): Promise<number> {
    return Outcome.of(promised(() => this.#peer.drain(waitOf(options, this.#peer.timeout))), () => {});
  }

  /**
   * Closes the socket. What waits for something of it rejects with code "closed", and iterators end. What was sent before
   * still leaves, requests too, although nobody gets their answers: the socket lingers for a second, or for as long as the
   * options say. The promise is fulfilled when the socket is gone, with the number of messages that were not passed on. It
   * rejects with code "lost" when nobody knows the number: the session was lost, or the bridge did not answer in time. It
   * may be ignored.
   */
  close(options?: CloseOptions | null): Promise<number> {
    const { linger, asked } = lingerOf(options);
    return Outcome.of(this.#peer.leave(linger, asked), () => {});
  }
}

disposable(Socket);
proxied(Socket, 'Socket');

/** Calls fn. What it throws becomes a rejection. */
function promised<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return fn();
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}
