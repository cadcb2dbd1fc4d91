import type { Client, Closing } from '../engine/client.js';
import type { EventSink } from '../engine/event.js';
import { ZmqError } from '../errors.js';
import { Alarm } from './alarm.js';

/** What a Driver writes to. */
export interface Output {
  /** Writes a batch, which is overwritten afterwards. */
  send(batch: Uint8Array<ArrayBuffer>): void;
  /** Closes the WebSocket. */
  close(code: number, reason: string): void;
  /** Something was sent or received. */
  progressed(): void;
}

/**
 * Drives a client in the engine, which does nothing by itself: calls it, hands out what the calls made happen, writes what
 * it has to send, and tells it the time when it is due. What the client throws ends the context.
 */
export class Driver {
  readonly client: Client;
  readonly #sink: EventSink;
  readonly #output: Output;
  readonly #failed: (why: ZmqError) => void;
  readonly #alarm = new Alarm(() => this.use((client) => client.tick(performance.now())));
  /** What is to be done before the next writing. */
  readonly #last: ((client: Client) => void)[] = [];
  #scheduled = false;
  #ended = false;

  /** failed is called when the client cannot go on. */
  constructor(client: Client, sink: EventSink, output: Output, failed: (why: ZmqError) => void) {
    this.client = client;
    this.#sink = sink;
    this.#output = output;
    this.#failed = failed;
    client.engine.onDeath(failed);
  }

  /**
   * Calls the client, hands out what that made happen, and has the rest written. Where use returns a Closing, the client
   * wants the WebSocket to be closed.
   */
  use(use: (client: Client) => Closing | undefined | void): void {
    if (this.#ended) return;
    try {
      const closing = use(this.client);
      this.client.tell(this.#sink);
      if (closing) this.#output.close(closing.code, closing.reason);
      this.schedule();
    } catch (thrown) {
      this.#failed(ZmqError.from(thrown));
    }
  }

  /**
   * Hands a WebSocket message to the client. Most bring nothing but messages, and leave nothing to write: after those there
   * is only the time to be asked for.
   */
  receive(message: ArrayBuffer): void {
    if (this.#ended) return;
    const { client } = this;
    try {
      const now = performance.now();
      const outcome = client.feed(message, now);
      const happened = client.tell(this.#sink);
      if (typeof outcome === 'object') this.#output.close(outcome.code, outcome.reason);
      if (happened || outcome !== false) this.schedule();
      else if (!this.#ended) this.#alarm.within(client.next(now));
    } catch (thrown) {
      this.#failed(ZmqError.from(thrown));
    }
  }

  /** Calls fn once, before the next writing, whatever that is for. */
  beforeWriting(fn: (client: Client) => void): void {
    this.#last.push(fn);
  }

  /** Writes after the code that is running now, so that all that it sends goes out as one WebSocket message. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Writes now. */
  flush(): void {
    if (this.#ended) return;
    const { client } = this;
    try {
      for (const fn of this.#last) fn(client);
      this.#last.length = 0;
      client.tell(this.#sink);
      const now = performance.now();
      for (let batch = client.take(now); batch !== undefined; batch = client.take(now)) this.#output.send(batch);
      this.#alarm.within(client.next(now));
      this.#output.progressed();
    } catch (thrown) {
      this.#failed(ZmqError.from(thrown));
    }
  }

  /** Does not tell the client the time any more, until something is written again. */
  rest(): void {
    this.#alarm.cancel();
  }

  /** Calls the client no more, and lets the engine forget it. */
  end(): void {
    this.#ended = true;
    this.#alarm.cancel();
    const { engine } = this.client;
    engine.forget(this.#failed);
    if (engine.dead === undefined) this.client.free();
  }
}
