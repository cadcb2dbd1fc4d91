import { type WaitOptions, within } from '../language/wait.js';
import { Adoption, type Heir } from './adoption.js';
import { Answers } from './answers.js';
import { Attachments } from './attachments.js';
import { EventKind } from '../engine/abi.js';
import type { Engine } from '../engine/engine.js';
import type { EngineEvent } from '../engine/event.js';
import { Emitter } from '../language/emitter.js';
import { OK, ZmqError, codeName, errorOf } from '../errors.js';
import type { Frame } from '../message/frame.js';
import type { Position } from '../message/position.js';
import type { Link } from '../connection/link.js';
import { type Message, type MessageLike, type Part, lastText, partsOf } from '../message/message.js';
import type { Messages } from './messages.js';
import { Outcome } from '../language/outcome.js';
import { type SubscribeOptions, checkOverflow } from './overflow.js';
import type { Peer } from '../connection/peers.js';
import { Reception } from './reception.js';
import { callback } from '../language/report.js';
import { type Payload, type RequestOptions, Requests } from './requests.js';
import { Sender } from './sender.js';
import type { SocketSnapshot } from '../connection/snapshot.js';
import type { SocketEvents } from './socketevents.js';
import type { ConnectOptions, SocketOptions } from './socketoptions.js';
import { REP, REQ, SUB, type SocketType, XSUB, typeName } from './sockettype.js';
import { Unheard } from './unheard.js';
import { uuid } from './uuid.js';

/** Gets the last part as text, which is all of a message of one part, and all parts. */
export type MessageHandler = (this: Socket, text: string, parts: Message) => unknown;

/** Gets the last part of the reply as text; or undefined, and why. */
export type ReplyCallback = (text: string | undefined, error?: unknown) => unknown;

/** A ZeroMQ socket. Made by context.Socket(type). */
export class Socket extends Emitter<SocketEvents> {
  readonly type: SocketType;
  readonly identity: string;
  readonly #link: Link;
  readonly #attachments: Attachments;
  readonly #reception: Reception;
  readonly #requests: Requests;
  readonly #sender: Sender;
  readonly #answers: Answers;
  #onmessage: MessageHandler | null = null;
  #number = 0;
  readonly #told: string; // identity that the bridge is told
  /** How the link sees it. */
  readonly #peer: Peer = {
    message: (parts, offset, endpoint) => this.#reception.arrived(parts, offset, endpoint),
    happened: (event) => this.#happened(event),
    interrupted: () => this.#interrupted(),
    snapshot: () => this.#snapshot(),
    ended: (why) => this.#end(why),
  };
  readonly #unheard = new Unheard();
  #ended: ZmqError | undefined;

  /** @internal */
  constructor(link: Link, type: SocketType, options: SocketOptions = {}) {
    super();
    this.type = type;
    checkOptions(type, options);
    this.identity = options.identity ?? uuid();
    this.#link = link;
    const timeout = options.requestTimeout ?? link.options.requestTimeout;
    this.#attachments = new Attachments(link, type, options, timeout, {
      up: (address) => this.emit('up', address),
      down: (address, why) => this.emit('down', address, why),
      refused: (why) => this.emit('error', why),
      first: (client, asked) => adoption.attempt(client, asked),
    });
    this.#requests = new Requests(link, timeout);
    this.#sender = new Sender(link);
    this.#answers = new Answers(link);
    this.#reception = new Reception(link, type === REP ? this.#answers : undefined);
    this.#told = type === REP || options.identity !== undefined ? this.identity : '';
    const adoption = new Adoption(link, this.#heir());
    link.add(this.#peer);
    link.run({ run: (client) => this.#open(client.newSocket(type, this.#told)), fail: (why) => this.#end(why) });
  }

  #open(number: number): void {
    this.#renumber(number);
    this.#link.number(this.#peer, number);
  }

  #renumber(number: number): void {
    this.#number = number;
    const parts = [this.#attachments, this.#requests, this.#sender, this.#answers, this.#reception];
    for (const part of parts) part.open(number);
  }

  // The page before, and the one after.

  #heir(): Heir {
    return {
      type: this.type,
      identity: this.#told,
      peer: this.#peer,
      attachments: this.#attachments,
      reception: this.#reception,
      requests: this.#requests,
      sender: this.#sender,
      number: () => this.#number,
      renumber: (number) => this.#renumber(number),
      lost: (missed) => this.emit('gap', { missed, code: 'lost' }),
      closed: () => this.closed,
    };
  }

  #snapshot(): SocketSnapshot | undefined {
    if (this.closed || this.#number === 0) return undefined;
    const attachments = this.#attachments.snapshot((endpoint) => this.#reception.snapshot(endpoint));
    return { number: this.#number, type: this.type, identity: this.#told, missed: this.#reception.waiting, ...attachments };
  }

  get closed(): boolean {
    return this.#ended !== undefined;
  }

  // Endpoints.

  /**
   * Connects to a ZeroMQ address, or to a name the bridge gives a meaning to. A REP socket is bound there, at the
   * bridge. params is what the bridge decides on, beside the user.
   *
   * The promise is fulfilled when the backend is reached, and rejects when the bridge refuses or reports it down; one
   * that is down is tried again, and takes what is sent to it then. Nobody has to look at the promise.
   */
  connect(address: string, params?: object, options: ConnectOptions = {}): Promise<void> {
    return this.#endpoint(address, params, this.type === REP, options.since);
  }

  /** Has the bridge listen at an address. */
  bind(address: string, params?: object): Promise<void> {
    return this.#endpoint(address, params, true);
  }

  #endpoint(address: string, params: object | undefined, bind: boolean, since?: Position): Promise<void> {
    const filter = filterIn(params);
    if (filter !== undefined) this.#reception.filter(filter);
    return Outcome.of(this.#attachments.connect(address, params, bind, since), (why) => this.#neglected(why));
  }

  /**
   * Where the page is in the history of an endpoint, if the bridge keeps one: the place of the last message it was
   * handed. Kept anywhere, it is for the `since` of a later connect, of this page or another. address may be left out
   * where there is but one endpoint.
   */
  position(address?: string): Position | undefined {
    const endpoint = this.#attachments.endpoint(address);
    return endpoint === undefined ? undefined : this.#reception.position(endpoint);
  }

  /**
   * Waits until every endpoint is open and every subscription live. Rejects when one is refused, and with code
   * "unavailable" when a backend is reported down meanwhile; calling it again waits for it to come back.
   */
  ready(options: WaitOptions = {}): Promise<void> {
    return this.#attachments.ready(options);
  }

  // Subscriptions.

  /**
   * Subscribes to messages whose first part begins with one of these, text or bytes; '' is everything. A SUB socket
   * that never did gets everything. Options may come last: subscribe('a', 'b', { overflow: 'conflate', rate: 20 }). The
   * promise is fulfilled when they are live; nobody has to look at it.
   */
  subscribe(...prefixes: MessageLike[]): Promise<void>;
  subscribe(...prefixesAndOptions: [...prefixes: MessageLike[], options: SubscribeOptions]): Promise<void>;
  subscribe(...given: (MessageLike | SubscribeOptions)[]): Promise<void> {
    return Outcome.of(this.#attachments.subscribe(given), (why) => this.#neglected(why));
  }

  /** Takes back what subscribe added, each prefix once. */
  unsubscribe(...prefixes: MessageLike[]): void {
    this.#attachments.unsubscribe(prefixes);
  }

  // Sending.

  /**
   * Sends a message, one part or a list of them. On a REQ socket it is a request, sent when those before it have been
   * answered, and the promise has the reply; on a REP socket it answers the request that was delivered last; on others
   * the promise, of no parts, says that there was room for it. Nobody has to look at the promise.
   *
   * A callback gets the reply's last part as text; or undefined, and the error.
   */
  send(message: MessageLike | readonly MessageLike[], reply?: ReplyCallback): Promise<Frame[]> {
    const sent = attempt(() => this.#transmit(partsOf(message)));
    if (reply === undefined) return Outcome.of(sent, (why) => this.#failed(why));
    sent.then(
      (parts) => callback(reply, lastText(parts)),
      (why: unknown) => callback(reply, undefined, why),
    );
    return Outcome.of(sent, () => {}); // the callback was told
  }

  #transmit(parts: Part[]): Promise<Frame[]> {
    switch (this.type) {
      case REQ:
        return this.#requests.ask(parts);
      case REP:
        return this.#answers.answer(parts).then(() => []);
      default:
        return this.#sender.send(parts).then(() => []);
    }
  }

  /** Sends a request at once, whatever else is under way, and has the parts of its reply. */
  request(message: MessageLike | readonly MessageLike[], options?: RequestOptions): Promise<Frame[]> {
    return attempt(() => this.#requests.request(partsOf(message), options));
  }

  /** @internal request for what is made when the engine is there; in turn, as send does it, or at once. */
  exchange(payload: Payload, options?: RequestOptions & { inTurn?: boolean }): Promise<Frame[]> {
    return options?.inTurn ? this.#requests.ask(payload, options) : this.#requests.request(payload, options);
  }

  /** @internal */
  get engine(): Engine | undefined {
    return this.#link.client?.engine;
  }

  // Receiving.

  /** Gets every message, those that waited for it first. While there is none, messages wait for an iterator. */
  get onmessage(): MessageHandler | null {
    return this.#onmessage;
  }

  set onmessage(handler: MessageHandler | null) {
    this.#onmessage = handler;
    this.listenersChanged();
  }

  /** @internal */
  protected override listenersChanged(): void {
    const handler = this.#onmessage;
    this.#reception.handle(
      handler === null ? null : (text, parts) => handler.call(this, text, parts),
      this.listens('message') ? (text, parts) => this.emit('message', text, parts) : null,
    );
  }

  /** The next message. */
  async receive(options: WaitOptions = {}): Promise<Message> {
    const iterator = this.messages();
    try {
      const { value } = await within(iterator.next(), options, () => 'no message in time');
      if (value === undefined) throw this.#ended ?? new ZmqError('closed', 'the socket was closed');
      return value;
    } finally {
      void iterator.return();
    }
  }

  /** The messages, each as its parts. Several iterators share them out. */
  messages(options: { signal?: AbortSignal } = {}): Messages {
    return this.#reception.messages(options.signal);
  }

  [Symbol.asyncIterator](): Messages {
    return this.messages();
  }

  // What happens.

  #happened(event: EngineEvent): void {
    switch (event.kind) {
      case EventKind.Request:
        return this.#reception.asked(event);
      case EventKind.Reply:
        return this.#requests.replied(event.id, event.parts);
      case EventKind.Failed:
        return this.#requestFailed(event.id, errorOf(event));
      case EventKind.Gap:
        return this.#reception.here(() => this.#gap(event));
      case EventKind.Positioned:
        return this.#reception.positioned(event);
      case EventKind.Recovered:
        this.#reception.recovered(event);
        return this.#reception.here(() => this.emit('recovered', { messages: event.count }));
      case EventKind.Writable:
        return this.#sender.writable();
      case EventKind.Closed:
        return this.#end(errorOf(event));
      default:
        return this.#attachments.happened(event);
    }
  }

  #gap({ count: missed, code }: EngineEvent): void {
    if (code === OK) this.emit('conflated', { missed });
    else this.emit('gap', { missed, code: codeName(code) });
  }

  #requestFailed(id: number, why: ZmqError): void {
    if (id !== 0) this.#requests.failed(id, why);
    else this.#failed(why); // a message that waited for its turn
  }

  /** An operation failed that nobody looks at. */
  #failed(why: unknown): void {
    this.#neglected(why);
    this.emit('error', ZmqError.from(why));
  }

  /** Nobody looked at the promise that says so. */
  #neglected(why: unknown): void {
    if (!this.listens('error')) this.#unheard.warn(ZmqError.from(why));
  }

  /** @internal Reports an error of what is built on this socket. */
  fault(error: ZmqError): void {
    this.#failed(error);
  }

  #interrupted(): void {
    this.#attachments.interrupted();
    this.#answers.interrupted();
  }

  // The end.

  /** Closes the socket. What it waits for rejects with code "closed", iterators end. */
  close(): void {
    if (this.#ended !== undefined) return;
    this.#link.run({ run: (client) => client.closeSocket(this.#number), fail() {} });
    this.#end(new ZmqError('closed', 'the socket was closed'));
  }

  #end(why: ZmqError): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#link.remove(this.#peer, this.#number);
    this.#requests.ended(why);
    this.#sender.ended(why);
    this.#attachments.ended(why);
    const asked = why.code === 'closed' && !why.remote;
    this.#reception.end(asked ? undefined : why);
    this.emit('closed', asked ? undefined : why);
  }
}

/** Throws for what cannot be a socket. */
function checkOptions(type: SocketType, options: SocketOptions): void {
  const name = typeName(type);
  checkOverflow(options);
  if (type === SUB || type === XSUB || (options.overflow === undefined && options.rate === undefined)) return;
  throw new ZmqError('invalid', `overflow and rate are for subscriptions, which a ${name} socket has none of`);
}

/** The 2012 parameter that keeps messages without this text away. The bridge sends them: prefixes do it better. */
function filterIn(params: object | undefined): string | undefined {
  const filter = params !== undefined && 'msgfilter' in params ? params.msgfilter : undefined;
  return typeof filter === 'string' ? filter : undefined;
}

/** Makes a throw a rejection. */
function attempt<T>(fn: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(fn());
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}
