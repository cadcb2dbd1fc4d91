import type { Answers } from './answers.js';
import { Credit } from './credit.js';
import type { EngineEvent } from '../engine/event.js';
import type { ZmqError } from '../errors.js';
import type { Position } from '../message/position.js';
import { History } from './history.js';
import { type Delivery, type Discipline, Inbox } from './inbox.js';
import type { Link } from '../connection/link.js';
import { type Message, lastText } from '../message/message.js';
import { Messages } from './messages.js';
import { report } from '../language/report.js';
import type { EndpointSnapshot } from '../connection/snapshot.js';

/** Gets a message, and its last part as text. */
type Handler = (text: string, parts: Message) => unknown;

/** What a socket receives, on its way to the page. */
export class Reception implements Discipline {
  readonly #credit: Credit;
  readonly #answers: Answers | undefined;
  readonly #inbox: Inbox;
  readonly #history: History;
  #filter: string | undefined;
  #prefixes: (() => readonly Uint8Array[]) | undefined;

  /** answers are those of a REP socket. */
  constructor(link: Link, answers: Answers | undefined) {
    this.#credit = new Credit(link);
    this.#answers = answers;
    this.#inbox = answers?.inbox ?? new Inbox(this);
    this.#history = new History(this.#inbox);
  }

  /** Tells the number of the socket. */
  open(socket: number): void {
    this.#credit.open(socket);
  }

  started(delivery: Delivery): void {
    this.#history.handed(delivery);
  }

  done(delivery: Delivery): void {
    this.#credit.done(delivery);
  }

  /** Keeps messages without a text away, as the msgfilter of 2012 does. The bridge sends them: prefixes do it better. */
  filter(text: string): void {
    this.#filter = text;
  }

  arrived(parts: Message, offset: number, endpoint: number): void {
    const place = offset === 0 ? undefined : this.#history.locate(parts, endpoint, offset);
    const delivery = { id: 0, parts, place };
    if (this.#wants(parts)) this.#inbox.push(delivery);
    else this.done(delivery);
  }

  #wants(parts: Message): boolean {
    if (this.#filter !== undefined && !lastText(parts).includes(this.#filter)) return false;
    return this.#prefixes?.().some((prefix) => beginsWith(parts[0], prefix)) ?? true;
  }

  /** Takes only messages with one of the prefixes from now on: the bridge may send others for a while. */
  only(prefixes: () => readonly Uint8Array[]): void {
    this.#prefixes = prefixes;
  }

  /** Goes on for the page before. */
  restore(endpoints: readonly EndpointSnapshot[]): void {
    for (const { number: endpoint, offset, epoch, next } of endpoints) {
      if (offset !== undefined && epoch !== undefined && next !== undefined) {
        this.#history.restore({ endpoint, offset, epoch }, next);
      }
    }
  }

  /** What restore needs to know of an endpoint. */
  snapshot(endpoint: number): { offset?: number; epoch?: string; next?: string } {
    return this.#history.snapshot(endpoint);
  }

  /** Messages that the page has not been handed. */
  get waiting(): number {
    return this.#answers === undefined ? this.#inbox.size : 0; // requests are declined, none is missed
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

  position(endpoint: number): Position | undefined {
    return this.#history.position(endpoint);
  }

  /** Calls fn when the page has got everything that came before. */
  here(fn: () => void): void {
    this.#inbox.mark(fn);
  }

  /** Sets who gets every message. */
  handle(onmessage: Handler | null, emit: Handler | null): void {
    if (onmessage === null && emit === null) return this.#inbox.handle(undefined);
    this.#inbox.handle((delivery) => {
      const { parts } = delivery;
      const text = lastText(parts);
      if (onmessage !== null) this.#call(() => onmessage(text, parts), delivery);
      emit?.(text, parts);
      this.#inbox.done(delivery);
    });
  }

  /** Calls the page. A request on which it fails will not be answered. */
  #call(handler: () => unknown, delivery: Delivery): void {
    try {
      const result = handler();
      if (result instanceof Promise) result.catch((thrown: unknown) => this.#threw(thrown, delivery));
    } catch (thrown) {
      this.#threw(thrown, delivery);
    }
  }

  #threw(thrown: unknown, delivery: Delivery): void {
    report(thrown);
    this.#answers?.decline(delivery);
  }

  messages(signal: AbortSignal | undefined): Messages {
    return new Messages(this.#inbox, signal);
  }

  /** No more will come, and why if nobody asked for that. */
  end(why: ZmqError | undefined): void {
    this.#inbox.end(why);
  }
}

function beginsWith(part: Uint8Array | undefined, prefix: Uint8Array): boolean {
  return part !== undefined && part.length >= prefix.length && prefix.every((byte, i) => part[i] === byte);
}
