import { type ErrorCode, RPCClient, RPCServer, ZmqError } from '../index.js';

/** Whoever is told what a stream that is served has to say. */
interface Teller {
  /** Sends a text to the client. Fulfilled when there was room for it. */
  say(text: string): Promise<void>;
  /** Nothing more is sent, and the function has ended. */
  over(): void;
}

/** A stream that a server is sending: the items of one function, as far as its client has granted credit for them. */
export class ServedStream {
  readonly #teller: Teller;
  readonly #silence: number;
  #credit: number;
  #granted: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #items: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #ended = false;

  /** silence is how many milliseconds a client may grant nothing. */
  constructor(teller: Teller, credit: number, silence: number) {
    this.#teller = teller;
    this.#silence = silence;
    this.#credit = credit;
    this.#wait();
  }

  /** A client that is silent for too long wants nothing any more. */
  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end('timeout', 'the client has granted nothing for too long'), this.#silence);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** The client grants credit. */
  grant(credit: number): void {
    this.#wait();
    this.#credit = Math.min(this.#credit + credit, mostCredit);
    if (this.#credit > 0) this.#granted?.();
  }

  /** Sends what a function returns, which call calls. */
  async run(call: () => Promise<unknown>): Promise<void> {
    try {
      this.#items = iterator(await call());
      for (;;) {
        const { done, value } = this.#ended ? { done: true, value: undefined } : await this.#items.next();
        if (done) break;
        while (this.#credit <= 0 && !this.#ended) await new Promise<void>((resolve) => (this.#granted = resolve));
        if (this.#ended) break;
        this.#credit--;
        await this.#teller.say(`{"item":${RPCClient.json.write(value, 'an item') || 'null'}}`);
      }
      this.end('ok');
    } catch (thrown) {
      this.#failed(thrown);
    }
    await this.#left();
    this.#teller.over();
  }

  #failed(thrown: unknown): void {
    if (!(thrown instanceof ZmqError)) RPCServer.inside.report(thrown); // its author wants to see it
    const { code, message, type } = told(thrown);
    this.end(code, message, type);
  }

  /** Lets the function know that nobody wants the rest. One that waits hears of it at its next yield. */
  async #left(): Promise<void> {
    try {
      await this.#items?.return?.();
    } catch (thrown) {
      RPCServer.inside.report(thrown);
    }
  }

  /** Says how it has ended, unless it has. */
  end(code: ErrorCode | 'ok', message = '', type?: string): void {
    if (this.#ended) return;
    this.cancel();
    const why = { ...(message && { error_msg: message }), ...(type && { error_type: type }) };
    this.#teller.say(JSON.stringify({ end: code, ...why })).catch(() => {}); // whoever is gone need not be told
  }

  /** Sends nothing more. */
  cancel(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#granted?.();
  }
}

/** The credit that a stream has at most. More is as good as no bound. */
export const mostCredit = 1 << 20;

/** What a function returned, as what yields items. */
function iterator(value: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  if (!isStream(value)) throw new ZmqError('failed', 'this function is no stream');
  return value[Symbol.asyncIterator]?.() ?? (value as Iterator<unknown>);
}

/** Tells whether a function has returned items, one after the other: a generator, or whatever can be read in such a loop. */
export function isStream(value: unknown): value is Partial<AsyncIterable<unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || ('next' in value && Symbol.iterator in value);
}

/** What a caller is told of what a function threw. */
export function told(thrown: unknown): { code: ErrorCode; message: string; type: string | undefined } {
  const { code, message } = ZmqError.from(thrown);
  if (thrown instanceof ZmqError) return { code, message, type: thrown.type };
  return { code: 'failed', message, type: thrown instanceof Error ? thrown.name : undefined };
}
