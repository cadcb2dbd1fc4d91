import { Attachments } from '../attachment/attachments.js';
import { REP, REQ, type SocketType } from '../attachment/sockettype.js';
import { EventKind } from '../engine/abi.js';
import type { Client } from '../engine/client.js';
import type { Engine } from '../engine/engine.js';
import type { Arrival, EngineEvent } from '../engine/event.js';
import { type ErrorCode, OK, ZmqError, codeName, errorOf } from '../errors.js';
import type { Emitter } from '../language/emitter.js';
import type { WaitOptions } from '../language/wait.js';
import type { Link } from '../link/link.js';
import type { SocketSnapshot } from '../link/snapshot.js';
import type { Decode } from '../message/decode.js';
import type { Frame } from '../message/frame.js';
import type { Part } from '../message/message.js';
import { Answers } from '../reception/answers.js';
import type { Source } from '../reception/inbox.js';
import { Reception } from '../reception/reception.js';
import { Replies } from '../reception/replies.js';
import { Adoption, type Heir } from './adoption.js';
import type { Failures } from './failures.js';
import type { Payload } from './call.js';
import { drained } from './drain.js';
import { Farewell } from './farewell.js';
import { Hiding } from './hiding.js';
import { type RequestOptions, Requests } from './requests.js';
import { Sender } from './sender.js';
import { SendOnly, isSendOnly } from './sendonly.js';
import type { SocketEvents } from './socketevents.js';
import { type SocketOptions, windowOf } from './socketoptions.js';

/** A socket as the link of its context sees it. It consists of parts, and tells them what the engine says happened. */
export class SocketPeer implements Heir {
  readonly type: SocketType;
  /** The identity that the bridge is told. */
  readonly identity: string;
  /** How many messages it holds that the page has not consumed. */
  readonly window: number;
  /** Whether what it sends may arrive more than once. */
  readonly idempotent: boolean;
  /** How long it waits unless somebody says otherwise, in milliseconds. */
  readonly timeout: number;
  readonly attachments: Attachments;
  readonly reception: Reception;
  readonly requests: Requests;
  readonly sender: Sender;
  readonly #answers: Answers;
  readonly #link: Link;
  readonly #events: Emitter<SocketEvents>;
  readonly #failures: Failures;
  /** The number that the engine knows the socket by; 0 until it does. */
  number = 0;
  /** Why the socket is closed, once it is. */
  why: ZmqError | undefined;
  readonly #hiding: Hiding;
  #farewell: Farewell | undefined;
  #draining: Promise<number> | undefined;

  /** events is the socket that the page has. */
  constructor(
    link: Link,
    type: SocketType,
    identity: string,
    options: SocketOptions<Decode>,
    events: Emitter<SocketEvents>,
    failures: Failures,
  ) {
    this.type = type;
    this.identity = identity;
    this.#link = link;
    this.#events = events;
    this.#failures = failures;
    const timeout = options.requestTimeout ?? link.options.requestTimeout;
    this.timeout = timeout;
    this.window = windowOf(options);
    this.idempotent = !!options.idempotent;
    this.#hiding = new Hiding(link, this, options.hidden ?? link.options.hidden);
    const adoption = new Adoption(link, this);
    this.attachments = new Attachments(link, type, options, timeout, {
      up: (address) => events.emit('up', address),
      down: (address, why) => events.emit('down', address, why),
      refused: (why) => events.emit('error', why),
      first: (client, asked) => adoption.begin(client, asked),
    });
    this.requests = new Requests(link, timeout);
    this.sender = new Sender(link);
    this.#answers = new Answers(link);
    this.reception = new Reception(link, type === REP ? this.#answers : undefined, this.#source(), this.window);
    if (link.refusal !== undefined) this.ended(link.refusal);
    else this.#begin();
  }

  #begin(): void {
    this.#link.add(this);
    const run = (client: Client): void => this.#open(client.newSocket(this.type, this.identity, this.window, this.idempotent));
    this.#link.run({ run, fail: (why) => this.ended(why) });
  }

  /** What the page receives where it is not what comes. */
  #source(): Source | undefined {
    if (this.type === REQ) return new Replies(this.requests);
    return isSendOnly(this.type) ? new SendOnly(this.type) : undefined;
  }

  #open(number: number): void {
    this.renumber(number);
    this.#link.number(this, number);
  }

  renumber(number: number): void {
    this.number = number;
    const parts = [this.attachments, this.requests, this.sender, this.#answers, this.reception];
    for (const part of parts) part.open(number);
  }

  get engine(): Engine | undefined {
    return this.#link.client?.engine;
  }

  /** Sends a request: in turn as send does, or else at once. */
  request(payload: Payload, options?: (RequestOptions & { inTurn?: boolean }) | null): Promise<Frame[]> {
    this.admit();
    return options?.inTurn ? this.requests.ask(payload, options) : this.requests.request(payload, options);
  }

  /** Sends a message as a socket of this type does. Only a REQ socket has parts to return, those of the reply. */
  send(parts: readonly Part[], options?: WaitOptions): Promise<Frame[]> {
    this.admit();
    switch (this.type) {
      case REQ:
        return this.requests.ask(parts, options);
      case REP:
        return this.#answers.answer(parts).then(() => []);
      default:
        return this.sender.send(parts, options).then(() => []);
    }
  }

  // What happens. The link calls these.

  message(arrival: Arrival): void {
    if (!this.closed) this.reception.arrived(arrival);
  }

  happened(event: EngineEvent): void {
    if (this.#farewell !== undefined) return this.#lingers(event);
    switch (event.kind) {
      case EventKind.Request:
        if (this.#draining === undefined) return this.reception.asked(event);
        return this.#link.run({ run: (client) => client.decline(this.number, event.id), fail() {} });
      case EventKind.Reply:
        return this.requests.replied(event.id, event.parts);
      case EventKind.Failed:
        return this.#failed(event.id, errorOf(event));
      case EventKind.Gap:
        return this.reception.here(() => this.#gap(event));
      case EventKind.Positioned:
        return this.reception.positioned(event);
      case EventKind.Recovered:
        this.reception.recovered(event);
        return this.reception.here(() => this.#events.emit('recovered', { messages: event.count }));
      case EventKind.Writable:
        return this.sender.writable();
      case EventKind.Closed:
        return this.ended(errorOf(event));
      default:
        return this.attachments.happened(event);
    }
  }

  /** The socket was closed, and some of what was sent has yet to leave. */
  #lingers({ kind, count, code }: EngineEvent): void {
    if (kind === EventKind.Writable) {
      this.sender.writable();
      this.#farewell?.proceed();
    } else if (kind === EventKind.Ended) this.#farewell?.ended(count, codeName(code) === 'lost');
  }

  get waits(): boolean {
    return this.sender.pending > 0 || this.requests.early > 0;
  }

  #gap({ count: missed, code }: EngineEvent): void {
    if (code === OK) {
      this.#link.counters.conflated += missed;
      this.#events.emit('conflated', { missed });
    } else this.#missed(missed, codeName(code));
  }

  #missed(missed: number, code: ErrorCode): void {
    const { counters } = this.#link;
    counters.gaps++;
    counters.missed += missed;
    this.#events.emit('gap', { missed, code });
  }

  /** A request failed; or, when id is 0, a message that waited in the engine to be sent. */
  #failed(id: number, why: ZmqError): void {
    if (id !== 0) this.requests.failed(id, why);
    else this.#failures.failed(why);
  }

  hide(hidden: boolean): void {
    this.#hiding.hide(hidden);
  }

  pause(client: Client): void {
    const number = client.pause(this.number);
    this.#link.remove(this, this.number);
    this.#link.add(this);
    this.#open(number);
    this.attachments.paused();
  }

  interrupted(): void {
    this.attachments.interrupted();
    this.#answers.interrupted();
  }

  // The page before, and the one after.

  lost(missed: number): void {
    this.#missed(missed, 'lost');
  }

  snapshot(): SocketSnapshot | undefined {
    if (this.closed || this.number === 0) return undefined;
    const { number, type, identity, reception } = this;
    const attachments = this.attachments.snapshot((endpoint) => reception.snapshot(endpoint));
    return { number, type, identity, missed: reception.waiting, ...attachments };
  }

  // The end.

  get closed(): boolean {
    return this.why !== undefined;
  }

  /** Throws when nothing can be sent or asked for any more. A REP that is being drained still answers. */
  admit(): void {
    if (this.why !== undefined) throw this.why;
    if (this.#draining !== undefined && this.type !== REP) throw new ZmqError('closed', 'the socket is being drained');
  }

  /** Waits until the socket has done what it had begun, and closes it then, also when it has not done it in time. */
  drain(options: WaitOptions): Promise<number> {
    return (this.#draining ??= this.#drain(options));
  }

  async #drain(options: WaitOptions): Promise<number> {
    const deadline = performance.now() + (options.timeout ?? Infinity);
    let failure: { readonly why: unknown } | undefined;
    await drained(this, options).catch((why: unknown) => (failure = { why }));
    const unpassed = await this.leave(Math.max(0, deadline - performance.now()), false);
    if (failure !== undefined) throw failure.why;
    return unpassed;
  }

  /**
   * Closes the socket because the page asked for it. What was sent has so many milliseconds to leave; asked says that the
   * page has chosen them. Fulfilled when the socket is gone, with the number of messages that were not passed on, and rejected
   * when nobody knows it.
   */
  leave(linger: number, asked: boolean): Promise<number> {
    if (this.#farewell !== undefined) return this.#farewell.promise;
    if (this.closed) return Promise.resolve(0);
    this.requests.hurry();
    const farewell = new Farewell(this.#link, this.sender, () => this.number, linger, asked);
    this.#farewell = farewell;
    const gone = (): void => this.#link.remove(this, this.number);
    farewell.promise.then(gone, gone);
    farewell.proceed();
    this.#end(new ZmqError('closed', 'the socket was closed'));
    return farewell.promise;
  }

  ended(why: ZmqError): void {
    this.#link.remove(this, this.number);
    this.#farewell?.abandoned();
    this.sender.ended(why);
    this.#end(why);
  }

  #end(why: ZmqError): void {
    if (this.closed) return;
    this.why = why;
    this.requests.ended(why);
    this.attachments.ended(why);
    const asked = why.code === 'closed' && !why.remote;
    this.reception.end(asked ? undefined : why);
    this.#events.emit('closed', asked ? undefined : why);
  }
}
