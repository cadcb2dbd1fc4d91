import { type Frame, type MessageLike as Part, ZmqError } from '../index.js';
import { ErrnoError } from './errno.js';
import { Flow } from './flow.js';

/** A request waits for its answer as long as the program does. In milliseconds. */
const forever = 0x7fffffff;

/** Of REQ: after send the reply has to be received, one after the other. */
export class RequestFlow extends Flow {
  /** The reply to what was sent, until it was received. */
  #reply: Promise<Frame[]> | undefined;
  #replied = false;
  /** Gives up on it. */
  #abort = new AbortController();
  /** Those who wait until something changes. */
  #waiting: (() => void)[] = [];

  override get readable(): boolean {
    return !this.closed && this.#replied;
  }

  override get writable(): boolean {
    return !this.closed && this.channel.attached && (this.#reply === undefined || this.settings.is('relaxed'));
  }

  override async send(parts: Part[]): Promise<void> {
    this.check();
    if (this.#reply !== undefined && !this.settings.is('relaxed')) throw new ErrnoError('EFSM');
    this.#abort.abort(new ErrnoError('EAGAIN'));
    this.#abort = new AbortController();
    const reply = this.#ask(parts, this.#abort.signal);
    this.#reply = reply;
    this.#replied = false;
    reply.then(
      () => (this.#replied = this.#reply === reply),
      () => {},
    );
  }

  /** As in libzmq, a request waits for a backend, and for one that comes back: nothing was sent then. */
  async #ask(parts: Part[], signal: AbortSignal): Promise<Frame[]> {
    for (;;) {
      try {
        return await this.channel.socket.request(parts, { timeout: forever, signal });
      } catch (thrown) {
        if (!(thrown instanceof ZmqError) || thrown.code !== 'unavailable' || this.closed) throw this.wrong(thrown);
        do await new Promise<void>((resolve) => this.#waiting.push(resolve));
        while (!this.channel.live && !this.closed);
        if (signal.aborted || this.closed) throw new ErrnoError('EAGAIN');
      }
    }
  }

  protected override async next(): Promise<Frame[]> {
    const reply = this.#reply;
    if (reply === undefined) throw new ErrnoError('EFSM');
    const timeout = this.settings.limit('receiveTimeout');
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      if (timeout < Infinity) timer = setTimeout(() => reject(late), timeout);
    });
    try {
      const message = await Promise.race([reply, late]);
      if (this.#reply === reply) this.#reply = undefined;
      return message;
    } catch (thrown) {
      if (thrown === late) throw new ErrnoError('EAGAIN'); // the reply may still come
      if (this.#reply === reply) this.#reply = undefined;
      throw this.wrong(thrown);
    } finally {
      clearTimeout(timer);
      this.#replied = this.#replied && this.#reply !== undefined;
    }
  }

  override changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  override close(linger: number, then: () => void): void {
    super.close(linger, then);
    this.changed();
  }
}

/** Of REP: after receive the answer has to be sent. */
export class ReplyFlow extends Flow {
  #asked = false;

  override get writable(): boolean {
    return !this.closed && this.#asked;
  }

  override async send(parts: Part[]): Promise<void> {
    this.check();
    if (!this.#asked) throw new ErrnoError('EFSM');
    this.#asked = false;
    await super.send(parts);
  }

  protected override async next(): Promise<Frame[]> {
    const message = await super.next();
    this.#asked = true;
    return message;
  }
}
