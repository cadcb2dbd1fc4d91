import { RPCClient, ZmqError } from '../index.js';
import { type Conversation, codeOf } from './conversation.js';

export interface StreamOptions {
  /** When it is aborted, the loop throws the reason of the abort, and the function is canceled. */
  signal?: AbortSignal;
  /** How many items may wait for the loop. The default is 64. */
  credit?: number;
}

/** What a server says about a stream. */
interface Answer {
  readonly stream?: unknown;
  readonly item?: unknown;
  readonly end?: unknown;
  readonly credit?: unknown;
  readonly error_msg?: unknown;
  readonly error_type?: unknown;
}

/** Whoever waits for the next item. */
interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(why: unknown): void;
}

/** The items of a stream. The function is called when the first one is asked for. */
export class ItemStream<T> implements AsyncIterableIterator<T, undefined> {
  readonly #conversation: Conversation;
  readonly #call: () => string;
  readonly #credit: number;
  readonly #signal: AbortSignal | undefined;
  /** Items that nobody has asked for yet. */
  readonly #items: T[] = [];
  readonly #waiters: Waiter<T>[] = [];
  #id: string | undefined;
  /** How many items were taken since credit was granted. */
  #used = 0;
  #ended = false;
  /** The error that it has ended with, until somebody has seen it. */
  #why: { error: unknown } | undefined;

  /** @internal */
  constructor(
    conversation: Conversation,
    name: string,
    args: readonly unknown[] | undefined,
    kwargs: object | null | undefined,
    { signal, credit = 64 }: StreamOptions = {},
  ) {
    if (!(Number.isInteger(credit) && credit > 0)) throw new ZmqError('invalid', `credit is a number of items, not ${credit}`);
    this.#conversation = conversation;
    this.#signal = signal;
    this.#credit = credit;
    this.#call = () => {
      const made = RPCClient.json.call(name, args, kwargs);
      const [text] = typeof made === 'function' ? made(conversation.engine) : made;
      // A stream begins as a call does, but for the member with the name, and the credit.
      return `{"stream"${String(text).slice('{"funcname"'.length, -1)},"credit":${credit}}`;
    };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#id === undefined && !this.#ended) this.#begin();
    if (this.#items.length > 0) {
      const value = this.#items.shift() as T;
      this.#take();
      return Promise.resolve({ done: false, value });
    }
    if (!this.#ended) return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    const why = this.#why;
    this.#why = undefined;
    return why === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(why.error as Error);
  }

  /** Cancels the function. Nothing more comes. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#cancel();
    this.#end();
    this.#items.length = 0;
    this.#why = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  #begin(): void {
    try {
      this.#signal?.throwIfAborted();
      const text = this.#call();
      this.#id = this.#conversation.open(this);
      this.#signal?.addEventListener('abort', this.#abort);
      this.#conversation.say(this.#id, text);
    } catch (error) {
      this.fail(error);
    }
  }

  /** An item was taken. When half of the credit is used up, there is more. */
  #take(): void {
    if (2 * ++this.#used < this.#credit || this.#ended) return;
    this.#conversation.say(this.#id!, `{"credit":${this.#used}}`);
    this.#used = 0;
  }

  // What the conversation tells.

  /** @internal */
  hear(text: string): void {
    const answer = read(text);
    const { end, error_msg: message, error_type: type } = answer;
    const said = typeof message === 'string' ? message : '';
    if (answer.stream !== undefined || (typeof end !== 'string' && !('item' in answer) && answer.credit === undefined)) {
      this.fail(new ZmqError('unsupported', `the server has no streams${said && `: ${said}`}`, { remote: true }));
    } else if (end === 'ok') this.#end();
    else if (typeof end === 'string') {
      this.fail(new ZmqError(codeOf(end), said, { remote: true, ...(typeof type === 'string' && { type }) }));
    } else if ('item' in answer) this.#item(answer.item as T);
  }

  #item(value: T): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      this.#take();
      waiter.resolve({ done: false, value });
    } else if (this.#items.length < this.#credit) this.#items.push(value);
    else {
      this.#cancel();
      this.fail(new ZmqError('protocol', 'the server has sent more items than were granted'));
    }
  }

  /** @internal */
  renew(): void {
    this.#conversation.say(this.#id!, '{"credit":0}');
  }

  /** @internal */
  fail(error: unknown): void {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#why = { error };
    else waiter.reject(error);
    this.#end();
  }

  readonly #abort = (): void => {
    this.#items.length = 0;
    this.#cancel();
    this.fail(this.#signal?.reason);
  };

  /** Tells the server that nobody wants the rest, unless it has ended. */
  #cancel(): void {
    if (this.#id !== undefined && this.#conversation.close(this.#id)) this.#conversation.say(this.#id, '{"cancel":true}');
  }

  #end(): void {
    this.#ended = true;
    if (this.#id !== undefined) this.#conversation.close(this.#id);
    this.#signal?.removeEventListener('abort', this.#abort);
    for (const { resolve } of this.#waiters.splice(0)) resolve({ done: true, value: undefined });
  }
}

/** Reads what a server says. What is none of a stream has nothing in it. */
function read(text: string): Answer {
  try {
    const answer = RPCClient.json.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
