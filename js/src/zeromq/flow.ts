import { type Frame, PUB, type MessageLike as Part, ROUTER, XPUB } from '../index.js';
import type { Channel } from './channel.js';
import { ErrnoError } from './errno.js';
import { sizeOf } from './message.js';
import type { Settings } from './options.js';
import { Outlet } from './outlet.js';

/** How messages go through a socket. What is the same for most types; the others are subclasses. */
export class Flow {
  protected readonly channel: Channel;
  protected readonly settings: Settings;
  protected closed = false;

  constructor(channel: Channel, settings: Settings) {
    this.channel = channel;
    this.settings = settings;
  }

  get readable(): boolean {
    return !this.closed && this.channel.opened && this.channel.socket.readable;
  }

  get writable(): boolean {
    return !this.closed;
  }

  /** Without a backend, what these types send is for nobody. */
  async send(parts: Part[]): Promise<void> {
    this.check();
    const { type } = this.channel;
    if (!this.channel.attached && (type === PUB || type === XPUB || type === ROUTER)) return;
    try {
      await this.channel.socket.send(parts);
    } catch (thrown) {
      throw this.wrong(thrown);
    }
  }

  async receive(): Promise<Frame[]> {
    this.check();
    for (;;) {
      const message = await this.next();
      if (sizeOf(message) <= this.settings.limit('maxMessageSize')) return message;
    }
  }

  protected async next(): Promise<Frame[]> {
    const { socket } = this.channel;
    try {
      let message = await socket.receive({ timeout: this.settings.limit('receiveTimeout') });
      if (this.settings.is('conflate')) while (socket.readable) message = await socket.receive();
      return message;
    } catch (thrown) {
      throw this.wrong(thrown);
    }
  }

  /** What waits when the socket is closed has timed out, to libzmq. */
  protected wrong(thrown: unknown): ErrnoError {
    return this.closed ? new ErrnoError('EAGAIN', { cause: thrown }) : ErrnoError.from(thrown);
  }

  protected check(): void {
    if (this.closed) throw new ErrnoError('EBADF');
  }

  /** A backend or an address came or went. */
  changed(): void {}

  /** The socket is being closed. Calls then when nothing that was sent waits here, or after so many milliseconds. */
  close(_linger: number, then: () => void): void {
    this.closed = true;
    then();
  }
}

/** Of PUSH, DEALER and PAIR: what is sent waits for a backend. */
export class QueuedFlow extends Flow {
  readonly #outlet = new Outlet(this.channel);

  get #highWaterMark(): number {
    const most = this.settings.limit('sendHighWaterMark');
    return most === 0 ? Infinity : most;
  }

  override get writable(): boolean {
    return !this.closed && this.#outlet.room(this.#highWaterMark);
  }

  override async send(parts: Part[]): Promise<void> {
    this.check();
    return this.#outlet.send(parts, this.#highWaterMark, this.settings.limit('sendTimeout'), this.settings.is('conflate'));
  }

  override changed(): void {
    this.#outlet.changed(this.#highWaterMark);
  }

  override close(linger: number, then: () => void): void {
    this.closed = true;
    this.#outlet.close(linger, then);
  }
}
