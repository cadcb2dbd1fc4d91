import { type WaitOptions, within } from './abort.js';
import { Answers } from './answers.js';
import { EventKind } from './engine/abi.js';
import type { Engine } from './engine/engine.js';
import type { EngineEvent } from './engine/plan.js';
import { Credit } from './credit.js';
import { Emitter } from './emitter.js';
import { type Endpoint, Endpoints } from './endpoints.js';
import { type ErrorCode, ZmqError, codeName } from './errors.js';
import type { Frame } from './frame.js';
import { type Delivery, Inbox } from './inbox.js';
import type { Link, Peer } from './link.js';
import { type MessageLike, type Part, partsOf } from './message.js';
import { Messages } from './messages.js';
import { Outcome } from './outcome.js';
import { callback, report } from './report.js';
import { type Payload, type RequestOptions, Requests } from './requests.js';
import { Sender } from './sender.js';
import { type Standing, Standings } from './standing.js';
import { REP, REQ, SUB, type SocketType, typeName } from './sockettype.js';
import { Subscriptions } from './subscriptions.js';
import { uuid } from './uuid.js';

export interface SocketOptions {
  /** What the other side knows this socket by; default 32 random hex digits. Only a REP socket's default is sent. */
  identity?: string;
  /** Milliseconds a request, a connect or a ready waits unless it says otherwise; default the context's. */
  requestTimeout?: number;
}

/** Messages are missing at this place in the stream. */
export interface Gap {
  /** How many; 0 when nobody knows. */
  readonly missed: number;
  readonly code: ErrorCode;
}

/** Gets the last part as text, which is all of a message of one part, and all parts. */
export type MessageHandler = (this: Socket, text: string, parts: Frame[]) => unknown;

/** Gets the last part of the reply as text; or undefined, and why. */
export type ReplyCallback = (text: string | undefined, error?: unknown) => unknown;

export interface SocketEvents {
  message: [text: string, parts: Frame[]];
  gap: [gap: Gap];
  error: [error: ZmqError];
  up: [address: string];
  down: [address: string, error: ZmqError];
  closed: [error: ZmqError | undefined];
}

/** Warnings a socket prints, each once. */
const maxWarnings = 20;

/** A ZeroMQ socket. Made by context.Socket(type). */
export class Socket extends Emitter<SocketEvents> {
  readonly type: SocketType;
  readonly identity: string;
  readonly #link: Link;
  readonly #timeout: number;
  readonly #standings = new Standings();
  readonly #inbox: Inbox;
  readonly #credit: Credit;
  readonly #requests: Requests;
  readonly #sender: Sender;
  readonly #answers: Answers;
  readonly #subscriptions: Subscriptions;
  readonly #endpoints: Endpoints;
  #onmessage: MessageHandler | null = null;
  #filter: string | undefined;
  #number = 0;
  /** How the link sees it. */
  readonly #peer: Peer = {
    message: (parts) => this.#arrived(parts),
    happened: (event) => this.#happened(event),
    busy: () => this.#requests.outstanding,
    interrupted: () => this.#interrupted(),
    ended: (why) => this.#end(why),
  };
  readonly #warned = new Set<string>();
  #ended: ZmqError | undefined;

  /** @internal */
  constructor(link: Link, type: SocketType, options: SocketOptions = {}) {
    super();
    this.type = type;
    typeName(type); // or throw
    this.identity = options.identity ?? uuid();
    this.#link = link;
    this.#timeout = options.requestTimeout ?? link.options.requestTimeout;
    this.#requests = new Requests(link, this.#timeout);
    this.#sender = new Sender(link);
    this.#answers = new Answers(link);
    this.#credit = new Credit(link);
    this.#inbox = type === REP ? this.#answers.inbox : new Inbox(this.#credit);
    const refused = (what: Standing, why: ZmqError): void => this.#refused(what, why);
    this.#endpoints = new Endpoints(link, this.#standings, type, this.#timeout, refused);
    this.#subscriptions = new Subscriptions(link, this.#standings, this.#timeout, refused);
    const known = type === REP || options.identity !== undefined;
    link.add(this.#peer);
    link.run({
      run: (client) => this.#open(client.newSocket(type, known ? this.identity : '')),
      fail: (why) => this.#end(why),
    });
  }

  #open(number: number): void {
    this.#number = number;
    const parts = [this.#endpoints, this.#subscriptions, this.#requests, this.#sender, this.#answers, this.#credit];
    for (const part of parts) part.open(number);
    this.#link.number(this.#peer, number);
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
  connect(address: string, params?: object): Promise<void> {
    return this.#endpoint(address, params, this.type === REP);
  }

  /** Has the bridge listen at an address. */
  bind(address: string, params?: object): Promise<void> {
    return this.#endpoint(address, params, true);
  }

  #endpoint(address: string, params: object | undefined, bind: boolean): Promise<void> {
    this.#filter = filterIn(params) ?? this.#filter;
    const { answer } = this.#endpoints.add(address, params, bind);
    if (this.type === SUB) this.#subscriptions.connected();
    return Outcome.of(answer, (why) => this.#unheard(why));
  }

  /**
   * Waits until every endpoint is open and every subscription live. Rejects when one is refused, and with code
   * "unavailable" when a backend is reported down meanwhile; calling it again waits for it to come back.
   */
  async ready(options: WaitOptions = {}): Promise<void> {
    await undefined; // what the code that runs now has yet to connect and subscribe counts
    if (this.#endpoints.none) throw new ZmqError('invalid', 'the socket is connected to nothing');
    return this.#standings.wait({ timeout: this.#timeout, ...options });
  }

  // Subscriptions.

  /**
   * Subscribes to messages whose first part begins with one of these, text or bytes; '' is everything. A SUB socket
   * that never did gets everything. The promise is fulfilled when they are live; nobody has to look at it.
   */
  subscribe(...prefixes: MessageLike[]): Promise<void> {
    const live = attempt(() => this.#subscriptions.add(prefixes.length === 0 ? [''] : prefixes)).then((added) =>
      Promise.all(added.map((it) => it.answer)),
    );
    return Outcome.of(
      live.then(() => {}),
      (why) => this.#unheard(why),
    );
  }

  /** Takes back what subscribe added, each prefix once. */
  unsubscribe(...prefixes: MessageLike[]): void {
    this.#subscriptions.remove(prefixes.length === 0 ? [''] : prefixes);
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
    const handled = this.#onmessage !== null || this.listens('message');
    this.#inbox.handle(handled ? (delivery) => this.#hand(delivery) : undefined);
  }

  #hand(delivery: Delivery): void {
    const { parts } = delivery;
    const text = lastText(parts);
    if (this.#onmessage !== null) this.#call(this.#onmessage, delivery, text);
    this.emit('message', text, parts);
    this.#inbox.done(delivery);
  }

  /** Calls onmessage. A request on which it fails will not be answered. */
  #call(handler: MessageHandler, delivery: Delivery, text: string): void {
    try {
      const result = handler.call(this, text, delivery.parts);
      if (result instanceof Promise) result.catch((thrown: unknown) => this.#threw(thrown, delivery));
    } catch (thrown) {
      this.#threw(thrown, delivery);
    }
  }

  #threw(thrown: unknown, delivery: Delivery): void {
    report(thrown);
    this.#answers.decline(delivery);
  }

  /** The next message. */
  async receive(options: WaitOptions = {}): Promise<Frame[]> {
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
    return new Messages(this.#inbox, options.signal);
  }

  [Symbol.asyncIterator](): Messages {
    return this.messages();
  }

  // What happens.

  #happened(event: EngineEvent): void {
    switch (event.kind) {
      case EventKind.Request:
        return this.#inbox.push(event);
      case EventKind.Reply:
        return this.#requests.replied(event.id, event.parts);
      case EventKind.Failed:
        return this.#requestFailed(event.id, errorOf(event));
      case EventKind.Subscribed:
      case EventKind.Unsubscribed:
        return this.#subscriptionChanged(event);
      case EventKind.Gap:
        return this.emit('gap', { missed: event.count, code: codeName(event.code) });
      case EventKind.Writable:
        return this.#sender.writable();
      case EventKind.Closed:
        return this.#end(errorOf(event));
      default:
        return this.#endpointChanged(event);
    }
  }

  #arrived(parts: Frame[]): void {
    const delivery = { id: 0, parts };
    if (this.#filter === undefined || lastText(parts).includes(this.#filter)) this.#inbox.push(delivery);
    else this.#inbox.done(delivery);
  }

  #requestFailed(id: number, why: ZmqError): void {
    if (id !== 0) this.#requests.failed(id, why);
    else this.#failed(why); // a message that waited for its turn
  }

  #subscriptionChanged(event: EngineEvent): void {
    const subscription = this.#subscriptions.find(event.id);
    if (subscription === undefined) return; // taken back meanwhile
    if (event.kind === EventKind.Subscribed) this.#standings.live(subscription);
    else this.#refused(subscription, errorOf(event));
  }

  #endpointChanged(event: EngineEvent): void {
    const endpoint = this.#endpoints.find(event.id);
    if (endpoint === undefined) return;
    if (event.kind === EventKind.Refused) this.#refused(endpoint, errorOf(event));
    else if (event.kind === EventKind.Down) this.#down(endpoint, errorOf(event));
    else this.#up(endpoint);
  }

  #up(endpoint: Endpoint): void {
    this.#standings.live(endpoint);
    this.emit('up', endpoint.address);
  }

  #down(endpoint: Endpoint, why: ZmqError): void {
    this.#standings.failed(endpoint, 'down', why);
    this.emit('down', endpoint.address, why);
  }

  #refused(what: Standing, why: ZmqError): void {
    this.#standings.failed(what, 'refused', why);
    this.emit('error', why);
  }

  /** An operation failed that nobody looks at. */
  #failed(why: unknown): void {
    this.#unheard(why);
    this.emit('error', ZmqError.from(why));
  }

  /** The last resort for an error that no promise, callback or listener is told. */
  #unheard(why: unknown): void {
    const error = ZmqError.from(why);
    const line = `zmq: ${error.code}: ${error.message}`;
    if (error.code === 'closed' || this.listens('error') || this.#warned.has(line)) return;
    if (this.#warned.size < maxWarnings) console.warn(line);
    this.#warned.add(line);
  }

  /** @internal Reports an error of what is built on this socket. */
  fault(error: ZmqError): void {
    this.#failed(error);
  }

  #interrupted(): void {
    this.#standings.interrupted();
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
    this.#standings.ended(why);
    const asked = why.code === 'closed' && !why.remote;
    this.#inbox.end(asked ? undefined : why);
    this.emit('closed', asked ? undefined : why);
  }
}

/** What an event says went wrong. */
function errorOf(event: EngineEvent): ZmqError {
  return new ZmqError(codeName(event.code), event.text, { remote: event.remote });
}

/** The 2012 parameter that keeps messages without this text away. The bridge sends them: prefixes do it better. */
function filterIn(params: object | undefined): string | undefined {
  const filter = params !== undefined && 'msgfilter' in params ? params.msgfilter : undefined;
  return typeof filter === 'string' ? filter : undefined;
}

function lastText(parts: readonly Frame[]): string {
  return parts[parts.length - 1]?.toString() ?? '';
}

/** Makes a throw a rejection. */
function attempt<T>(fn: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(fn());
  } catch (thrown) {
    return Promise.reject(thrown);
  }
}
