import type { ZmqError } from '../errors.js';
import { Idle } from '../language/idle.js';
import { Queue } from '../language/queue.js';
import type { Delivery } from './delivery.js';
import { Waiter } from './waiter.js';

/** A place between two messages, and what has to happen there. */
type Mark = () => void;

/** What a page takes messages from, one at a time. */
export interface Source {
  /**
   * Asks for the next message. The waiter gets undefined when there will be none. Whoever got a message has to say when it
   * is done with it.
   */
  take(): Waiter;
  /**
   * Takes the next message like take, without a waiter, if that would get it at once. Undefined says nothing: then take has
   * to be asked.
   */
  poll(): Delivery | undefined;
  /** The page is done with a message. */
  done(delivery: Delivery): void;
}

/** Whoever has to know how far the page is. */
export interface Reader {
  /** A message is handed to the page. */
  started(delivery: Delivery): void;
  /** The page is done with a message. */
  done(delivery: Delivery): void;
}

/**
 * The messages of a socket on their way to the page, in order. They go to a handler, or while there is none, to those who
 * ask for the next message.
 */
export class Inbox implements Source {
  readonly #reader: Reader;
  readonly #queue = new Queue<Delivery | Mark>();
  readonly #waiting: Waiter[] = [];
  #handler: ((delivery: Delivery) => void) | undefined;
  /** How many messages the page was handed and is not done with. */
  #handed = 0;
  /** For those who wait until the page is done with all that has come. */
  readonly idle = new Idle(() => this.#handed === 0 && this.size === 0);
  #blocked = false;
  #pumping = false;
  #end: { readonly why: ZmqError | undefined } | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Sets who gets every message. It gets those that wait first, once the code that is running now is done. */
  handle(handler: ((delivery: Delivery) => void) | undefined): void {
    this.#handler = handler;
    if (handler !== undefined) queueMicrotask(() => this.#pump());
  }

  /** How many messages wait. */
  get size(): number {
    return this.#queue.count((it) => typeof it !== 'function');
  }

  /** Whether take would get a message at once. */
  get ready(): boolean {
    return !this.#blocked && (typeof this.#queue.first === 'object' || this.size > 0);
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery);
    if (this.#handler !== undefined || this.#waiting.length > 0) this.#pump(); // marks can be reached when somebody asks
  }

  /**
   * Calls the handler with a message that never stands in the queue, where it would be the first one. handler is the one
   * that handle was given, or does the same. Returns false, and does nothing, when the message has to be pushed.
   */
  pass<T>(handler: (it: T) => void, it: T): boolean {
    if (this.#pumping || this.#blocked || this.#handler === undefined || this.#queue.length > 0) return false;
    this.#pumping = true;
    this.#handed++;
    handler(it);
    this.#handed--;
    this.#pumping = false;
    this.idle.check();
    if (this.#queue.length > 0) this.#pump(); // the handler has made more happen
    return true;
  }

  /**
   * Calls fn between what has arrived so far and what arrives later: when the page is done with the one, or asks for the
   * other. Of a gap, for example, the page is told when it has seen the message before the gap.
   */
  mark(fn: Mark): void {
    this.#queue.push(fn);
    this.#pump();
  }

  done(delivery: Delivery): void {
    this.#handed--;
    this.#reader.done(delivery);
    this.idle.check();
  }

  /** Delivers nothing for the time being. */
  block(): void {
    this.#blocked = true;
  }

  /** Goes on delivering, once the code that is running now is done. */
  unblock(): void {
    this.#blocked = false;
    queueMicrotask(() => this.#pump());
  }

  /** Drops all that waits. */
  clear(): void {
    this.#queue.clear();
    this.idle.check();
  }

  /** Delivers what can be delivered. When a handler makes more deliverable, the loop goes on; it does not begin anew. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#blocked && this.#queue.length > 0) {
      if (!this.#advance(this.#queue.first!)) break;
    }
    this.#pumping = false;
  }

  /** Takes the first one off the queue. Returns false when it has to wait. */
  #advance(first: Delivery | Mark): boolean {
    if (typeof first === 'function') return this.#reach(first);
    if (this.#handler !== undefined) {
      this.#handler(this.#hand(first));
      return true;
    }
    const waiter = this.#waiting.shift();
    if (waiter === undefined) return false;
    waiter.give(this.#hand(first));
    return true;
  }

  #reach(mark: Mark): boolean {
    const asked = this.#handler !== undefined || this.#waiting.length > 0;
    if (!asked && this.#handed > 0) return false;
    this.#queue.shift();
    mark();
    return true;
  }

  #hand(first: Delivery): Delivery {
    this.#queue.shift();
    this.#handed++;
    this.#reader.started(first);
    return first;
  }

  take(): Waiter {
    const waiter = new Waiter(() => this.#withdraw(waiter));
    this.#waiting.push(waiter);
    this.#pump();
    if (this.#end !== undefined) this.#dismiss(this.#end.why);
    return waiter;
  }

  poll(): Delivery | undefined {
    const { first } = this.#queue;
    const inTurn = !this.#pumping && !this.#blocked && this.#handler === undefined && this.#waiting.length === 0;
    return inTurn && typeof first === 'object' ? this.#hand(first) : undefined;
  }

  #withdraw(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** No more will arrive. What waits can still be taken; after that, waiters get undefined, or the error if there is one. */
  end(why: ZmqError | undefined): void {
    this.#end = { why };
    this.#dismiss(why);
  }

  #dismiss(why: ZmqError | undefined): void {
    for (const waiter of this.#waiting.splice(0)) {
      if (why === undefined) waiter.give(undefined);
      else waiter.fail(why);
    }
  }
}
