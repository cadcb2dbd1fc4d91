import { type WaitOptions, within } from './abort.js';
import { Answers } from './answers.js';
import { EventKind } from './engine/abi.js';
import type { Client } from './engine/client.js';
import type { Engine } from './engine/engine.js';
import type { EngineEvent } from './engine/plan.js';
import { Emitter } from './emitter.js';
import { type ErrorCode, ZmqError, codeName } from './errors.js';
import type { Frame } from './frame.js';
import { type Delivery, Inbox } from './inbox.js';
import type { Link, Peer } from './link.js';
import { Liveness, Wish } from './liveness.js';
import { type MessageLike, type Part, partsOf, sizeOf, snapshot } from './message.js';
import { Messages } from './messages.js';
import { Outcome } from './outcome.js';
import { callback, report } from './report.js';
import { type Payload, type RequestOptions, Requests } from './requests.js';
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

interface Endpoint {
  readonly address: string;
  readonly wish: Wish;
}

/** A ZeroMQ socket. Made by context.Socket(type). */
export class Socket extends Emitter<SocketEvents> implements Peer {
  readonly type: SocketType;
  readonly identity: string;
  readonly #link: Link;
  readonly #timeout: number;
  readonly #liveness = new Liveness();
  readonly #inbox = new Inbox();
  readonly #requests: Requests;
  readonly #answers: Answers;
  readonly #subscriptions: Subscriptions;
  readonly #endpoints: Endpoint[] = [];
  #onmessage: MessageHandler | null = null;
  #filter: string | undefined;
  #number = 0;
  #ended: ZmqError | undefined;

  /** @internal */
  constructor(link: Link, type: SocketType, options: SocketOptions = {}) {
    super();
    this.type = type;
    this.identity = options.identity ?? uuid();
    this.#link = link;
    this.#timeout = options.requestTimeout ?? link.options.requestTimeout;
    this.#requests = new Requests(link, this.#timeout);
    this.#answers = new Answers(link, this.#inbox);
    this.#subscriptions = new Subscriptions(link, this.#liveness, this.#timeout, (wish, why) => this.#refused(wish, why));
    const known = type === REP || options.identity !== undefined;
    link.add(this);
    link.run({
      run: (client) => this.#open(client.newSocket(type, known ? this.identity : '')),
      fail: (why) => this.ended(why),
    });
  }

  #open(number: number): void {
    this.#number = number;
    for (const part of [this.#requests, this.#answers, this.#subscriptions]) part.open(number);
    this.#link.number(this, number);
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
    const wish = new Wish(`${typeName(this.type)} ${address}`, this.#timeout);
    this.#endpoints.push({ address, wish });
    this.#liveness.add(wish);
    const fail = (why: unknown): void => this.#refused(wish, ZmqError.from(why, 'invalid'));
    try {
      const json = params === undefined ? undefined : JSON.stringify(params);
      this.#filter = filterIn(params) ?? this.#filter;
      const open = (client: Client): number =>
        bind ? client.bind(this.#number, address, json) : client.connect(this.#number, address, json);
      this.#link.run({ run: (client) => void (wish.number = open(client)), fail });
    } catch (thrown) {
      fail(thrown);
    }
    if (this.type === SUB) this.#subscriptions.connected();
    return Outcome.of(wish.answer, (why) => this.#unheard(why));
  }

  /**
   * Waits until every endpoint is open and every subscription live. Rejects when one is refused, and with code
   * "unavailable" when a backend is reported down meanwhile; calling it again waits for it to come back.
   */
  async ready(options: WaitOptions = {}): Promise<void> {
    await undefined; // what the code that runs now has yet to connect and subscribe counts
    if (this.#endpoints.length === 0) throw new ZmqError('invalid', 'the socket is connected to nothing');
    return this.#liveness.wait({ timeout: this.#timeout, ...options });
  }

  // Subscriptions.

  /**
   * Subscribes to messages whose first part begins with one of these, text or bytes; '' is everything. A SUB socket
   * that never did gets everything. The promise is fulfilled when they are live; nobody has to look at it.
   */
  subscribe(...prefixes: MessageLike[]): Promise<void> {
    const live = attempt(() => this.#subscriptions.add(prefixes.length === 0 ? [''] : prefixes)).then((wishes) =>
      Promise.all(wishes.map((wish) => wish.answer)),
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
   * the promise, of no parts, says that it was handed to the connection. Nobody has to look at the promise.
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
        return this.#post(parts);
    }
  }

  #post(parts: Part[]): Promise<Frame[]> {
    const own = this.#link.client === undefined ? snapshot(parts) : parts;
    return new Promise((resolve, reject) => {
      const run = (client: Client): void => {
        this.#link.admit(client);
        client.send(this.#number, own);
        resolve([]);
      };
      this.#link.run({ run, fail: reject });
    });
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

  protected override listenersChanged(): void {
    const handled = this.#onmessage !== null || this.listens('message');
    this.#inbox.handle(handled ? (delivery) => this.#hand(delivery) : undefined);
  }

  #hand(delivery: Delivery): void {
    const { parts } = delivery;
    const text = lastText(parts);
    const asked = this.#answers.current;
    const failed = (thrown: unknown): void => {
      report(thrown);
      this.#answers.drop(asked);
    };
    try {
      const result = this.#onmessage?.call(this, text, parts);
      if (result instanceof Promise) result.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
    this.emit('message', text, parts);
    delivery.done();
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

  /** @internal */
  happened(event: EngineEvent): void {
    const error = (): ZmqError => new ZmqError(codeName(event.code), event.text, { remote: event.remote });
    switch (event.kind) {
      case EventKind.Message:
        return this.#arrived(event);
      case EventKind.Request:
        return this.#answers.asked(event);
      case EventKind.Reply:
        return this.#requests.replied(event.id, event.parts);
      case EventKind.Failed:
        return this.#requests.failed(event.id, error());
      case EventKind.Gap:
        return this.emit('gap', { missed: event.count, code: codeName(event.code) });
      case EventKind.Closed:
        return this.ended(error());
      case EventKind.Subscribed:
      case EventKind.Unsubscribed:
        return this.#subscriptionChanged(event, error());
      default:
        return this.#endpointChanged(event, error());
    }
  }

  #arrived(event: EngineEvent): void {
    const { parts } = event;
    const size = sizeOf(parts);
    const done = (): void => this.#consumed(size);
    if (this.#filter !== undefined && !lastText(parts).includes(this.#filter)) done();
    else this.#inbox.push({ parts, done });
  }

  #consumed(size: number): void {
    this.#link.run({ run: (client) => client.consumed(this.#number, 1, size), fail() {} });
  }

  #subscriptionChanged(event: EngineEvent, error: ZmqError): void {
    const wish = this.#subscriptions.find(event.id);
    if (wish === undefined) return; // taken back meanwhile
    if (event.kind === EventKind.Subscribed) this.#liveness.became(wish, 'live');
    else this.#refused(wish, error);
  }

  #endpointChanged(event: EngineEvent, error: ZmqError): void {
    const endpoint = this.#endpoints.find(({ wish }) => wish.number === event.id);
    if (endpoint === undefined) return;
    const { wish, address } = endpoint;
    if (event.kind === EventKind.Refused) return this.#refused(wish, error);
    if (event.kind === EventKind.Down) {
      this.#liveness.became(wish, 'down', error);
      this.emit('down', address, error);
    } else {
      this.#liveness.became(wish, 'live');
      this.emit('up', address);
    }
  }

  #refused(wish: Wish, why: ZmqError): void {
    this.#liveness.became(wish, 'refused', why);
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
    if (error.code !== 'closed' && !this.listens('error')) console.warn(`zmq: ${error.code}: ${error.message}`);
  }

  /** @internal Reports an error of what is built on this socket. */
  fault(error: ZmqError): void {
    this.#failed(error);
  }

  /** @internal */
  busy(): boolean {
    return this.#requests.outstanding;
  }

  /** @internal */
  interrupted(): void {
    this.#liveness.interrupted();
    this.#answers.interrupted();
  }

  // The end.

  /** Closes the socket. What it waits for rejects with code "closed", iterators end. */
  close(): void {
    this.#link.run({ run: (client) => client.closeSocket(this.#number), fail() {} });
    this.ended(new ZmqError('closed', 'the socket was closed'));
  }

  /** @internal */
  ended(why: ZmqError): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#link.remove(this, this.#number);
    this.#requests.ended(why);
    this.#liveness.ended(why);
    const asked = why.code === 'closed' && !why.remote;
    this.#inbox.end(asked ? undefined : why);
    this.emit('closed', asked ? undefined : why);
  }
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
