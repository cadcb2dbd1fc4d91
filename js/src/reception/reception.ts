// The room "reception" has what a socket receives, on its way from the bridge to the page: a queue, those who wait for what
// comes, and the credit that goes back. Reception is the whole of it. Sources that are no queue of messages say so with the
// interface Source. It imports link, engine, message, language and errors.ts. The room "socket" imports it, and index.ts for
// the types that a page sees.
import type { Arrival, EngineEvent } from '../engine/event.js';
import type { ZmqError } from '../errors.js';
import type { Idle } from '../language/idle.js';
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
  /** Tells the page's handlers of a message that comes straight from the engine. */
  #handler: ((arrival: Arrival) => void) | undefined;
  /** Tells them of any other. */
  #tell: ((delivery: Delivery) => void) | undefined;

  /**
   * answers are those of a REP socket; source is what a REQ, PUSH or PUB has instead of messages that come;
   * window is how many messages the page may hold.
   */
  constructor(link: Link, answers: Answers | undefined, source: Source | undefined, window: number) {
    this.#credit = new Credit(link, window);
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

  /** A message has arrived. */
  arrived(arrival: Arrival): void {
    const { offset, size } = arrival;
    if (offset === 0 && this.filter.open && this.#handler !== undefined && this.#inbox.pass(this.#handler, arrival)) {
      this.#credit.consumed(size);
      return;
    }
    const parts = arrival.parts();
    const place = offset === 0 ? undefined : this.#history.locate(parts, arrival.endpoint, offset);
    const delivery = { id: 0, parts, size, place };
    if (this.filter.wants(parts)) this.#inbox.push(delivery);
    else this.done(delivery);
  }

  /** A backend asks. */
  asked({ id, parts }: EngineEvent): void {
    this.#inbox.push({ id, parts, size: 0, place: undefined });
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
    this.#credit.consumed(delivery.size);
  }

  /** Sets who gets every message. onmessage sees so many of its arguments; those that it does not see are not made. */
  handle(onmessage: Handler | null, emit: Handler | null, sees: number): void {
    this.#handler = this.#tell = undefined;
    if (onmessage === null && emit === null) return this.#inbox.handle(undefined);
    const tell = (delivery: Delivery): void => {
      const { parts } = delivery;
      if (onmessage !== null) this.#call(onmessage, parts, delivery);
      if (emit !== null) this.#call(emit, parts, undefined);
    };
    this.#tell = tell;
    this.#inbox.handle((delivery) => {
      tell(delivery);
      this.#inbox.done(delivery);
    });
    this.#handler =
      onmessage !== null && emit === null && sees < 2
        ? (arrival) => this.#brief(onmessage, sees === 0 ? undefined : arrival)
        : (arrival) => tell({ id: 0, parts: arrival.parts(), size: arrival.size, place: undefined });
  }

  /** The reply to what was sent on a REQ socket goes to who gets every message, too. */
  replied(parts: Message): void {
    this.#tell?.({ id: 0, parts, size: 0, place: undefined });
  }

  /** Calls a handler. When that of the page fails on a request, the request will not be answered. */
  #call(handler: Handler, parts: Message, request: Delivery | undefined): void {
    try {
      const result = handler(lastText(parts), parts);
      if (isThenable(result)) result.then(undefined, (thrown: unknown) => this.#threw(thrown, request));
    } catch (thrown) {
      this.#threw(thrown, request);
    }
  }

  /** Calls a handler that sees no parts of a message, and perhaps no text either. */
  #brief(handler: Handler, arrival: Arrival | undefined): void {
    try {
      const result = handler(arrival?.text() ?? '', unseen);
      if (isThenable(result)) result.then(undefined, report);
    } catch (thrown) {
      report(thrown);
    }
  }

  #threw(thrown: unknown, request: Delivery | undefined): void {
    report(thrown);
    if (request !== undefined) this.#answers?.decline(request);
  }

  /** Whether a message could be taken at once. */
  get ready(): boolean {
    return this.#inbox.ready;
  }

  /** For those who wait until the page is done with all that has come. */
  get idle(): Idle {
    return (this.#answers ?? this.#inbox).idle;
  }

  messages<M>(decode: (message: Message) => M, signal: AbortSignal | undefined): Messages<M> {
    return new Messages(this.#source, decode, signal);
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

/** The parts that nobody sees. */
const unseen: Message = [];

/** Tells promises from other results. The promise may be one of another realm, such as an iframe's. */
function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function';
}
