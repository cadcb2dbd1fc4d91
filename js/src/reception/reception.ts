// The room "reception" has what a socket receives, on its way from the bridge to the page: a queue, those who wait for what
// comes, and the credit that goes back. Reception is the whole of it. Sources that are no queue of messages say so with the
// interface Source. It imports link, engine, message, language and errors.ts. The room "socket" imports it, and index.ts for
// the types that a page sees.
import type { EngineEvent } from '../engine/event.js';
import type { ZmqError } from '../errors.js';
import { report } from '../language/report.js';
import type { WaitOptions } from '../language/wait.js';
import type { Link } from '../link/link.js';
import type { EndpointSnapshot } from '../link/snapshot.js';
import { type Message, lastText } from '../message/message.js';
import type { Position } from '../message/position.js';
import type { Answers } from './answers.js';
import { Credit } from './credit.js';
import type { Delivery } from './delivery.js';
import { Filter } from './filter.js';
import { History, type HistorySnapshot } from './history.js';
import { Inbox, type Reader, type Source } from './inbox.js';
import { Messages } from './messages.js';
import { receive } from './receive.js';

/** Gets the last part of a message as text, and the message. */
type Handler = (text: string, parts: Message) => unknown;

/** What a socket receives, on its way to the page. */
export class Reception implements Reader {
  readonly filter = new Filter();
  readonly #credit: Credit;
  readonly #answers: Answers | undefined;
  readonly #inbox: Inbox;
  /** What the page takes messages from: the inbox, unless the socket is of a type that nothing comes to by itself. */
  readonly #source: Source;
  readonly #history: History;
  #handler: ((delivery: Delivery) => void) | undefined;

  /** answers are those of a REP socket; source is what a REQ, PUSH or PUB has instead of messages that come. */
  constructor(link: Link, answers: Answers | undefined, source: Source | undefined) {
    this.#credit = new Credit(link);
    this.#answers = answers;
    this.#inbox = answers?.inbox ?? new Inbox(this);
    this.#source = source ?? this.#inbox;
    this.#history = new History(this.#inbox);
  }

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#credit.open(socket);
  }

  // What arrives.

  /** A message has arrived. offset and endpoint are its place in a history; offset is 0 where there is none. */
  arrived(parts: Message, offset: number, endpoint: number): void {
    const place = offset === 0 ? undefined : this.#history.locate(parts, endpoint, offset);
    const delivery = { id: 0, parts, place };
    if (this.filter.wants(parts)) this.#inbox.push(delivery);
    else this.done(delivery);
  }

  /** A backend asks. */
  asked({ id, parts }: EngineEvent): void {
    this.#inbox.push({ id, parts, place: undefined });
  }

  positioned({ count: endpoint, id: offset, text: epoch }: EngineEvent): void {
    this.#history.positioned(endpoint, offset, epoch);
  }

  recovered({ id: endpoint, count: messages }: EngineEvent): void {
    this.#history.recovered(endpoint, messages);
  }

  /** Calls fn when the page has got all that has arrived so far. */
  here(fn: () => void): void {
    this.#inbox.mark(fn);
  }

  /** No more will arrive. why is set when that is an error. */
  end(why: ZmqError | undefined): void {
    this.#inbox.end(why);
  }

  // What the page gets. The inbox calls started and done as its reader.

  started(delivery: Delivery): void {
    this.#history.handed(delivery);
  }

  done(delivery: Delivery): void {
    this.#credit.consumed(delivery);
  }

  /** Sets who gets every message. */
  handle(onmessage: Handler | null, emit: Handler | null): void {
    this.#handler = undefined;
    if (onmessage === null && emit === null) return this.#inbox.handle(undefined);
    const handler = (delivery: Delivery): void => {
      const { parts } = delivery;
      const text = lastText(parts);
      if (onmessage !== null) this.#call(() => onmessage(text, parts), delivery);
      emit?.(text, parts);
    };
    this.#handler = handler;
    this.#inbox.handle((delivery) => {
      handler(delivery);
      this.#inbox.done(delivery);
    });
  }

  /** The reply to what was sent on a REQ socket goes to who gets every message, too. */
  replied(parts: Message): void {
    this.#handler?.({ id: 0, parts });
  }

  /** Calls the handler of the page. When it fails on a request, the request will not be answered. */
  #call(handler: () => unknown, delivery: Delivery): void {
    try {
      const result = handler();
      if (isThenable(result)) result.then(undefined, (thrown: unknown) => this.#threw(thrown, delivery));
    } catch (thrown) {
      this.#threw(thrown, delivery);
    }
  }

  #threw(thrown: unknown, delivery: Delivery): void {
    report(thrown);
    this.#answers?.decline(delivery);
  }

  messages(signal: AbortSignal | undefined): Messages {
    return new Messages(this.#source, signal);
  }

  /** Takes one message; undefined when there will be none. */
  receive(options: WaitOptions): Promise<Message | undefined> {
    return receive(this.#source, options);
  }

  /** The position that the page has got to in the history of an endpoint. */
  position(endpoint: number): Position | undefined {
    return this.#history.position(endpoint);
  }

  // The page before, and the one after.

  /** Goes on where the page before was. */
  restore(endpoints: readonly EndpointSnapshot[]): void {
    for (const { number: endpoint, offset, epoch, next } of endpoints) {
      if (offset !== undefined && epoch !== undefined && next !== undefined) {
        this.#history.restore({ endpoint, offset, epoch }, next);
      }
    }
  }

  /** What the next page needs to know of an endpoint for restore. */
  snapshot(endpoint: number): HistorySnapshot {
    return this.#history.snapshot(endpoint);
  }

  /** How many messages the page has missed if it is left now. Requests do not count: they are declined. */
  get waiting(): number {
    return this.#answers === undefined ? this.#inbox.size : 0;
  }
}

/** Tells promises from other results. The promise may be one of another realm, such as an iframe's. */
function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}
