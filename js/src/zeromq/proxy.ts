import { ErrnoError } from './errno.js';
import type { Readable } from './readable.js';
import { Socket } from './socket.js';
import type { Writable } from './writable.js';

/** Passes messages on between two sockets, in both directions where they can. */
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  readonly frontEnd: F;
  readonly backEnd: B;
  #running = false;
  #paused: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  constructor(frontEnd: F, backEnd: B);
  constructor(frontEnd: F, backEnd: B, ...more: unknown[]) {
    if (typeof frontEnd !== 'object') throw new TypeError('Front-end must be a socket object');
    if (typeof backEnd !== 'object') throw new TypeError('Back-end must be a socket object');
    if (more.length > 0) throw new TypeError('Expected 2 arguments');
    if (!(frontEnd instanceof Socket && backEnd instanceof Socket)) throw new ErrnoError('EINVAL');
    this.frontEnd = frontEnd;
    this.backEnd = backEnd;
  }

  /** Passes messages on until terminate is called, or one of the sockets is closed. Then both are closed. */
  async run(): Promise<void> {
    for (const [socket, name] of [[this.frontEnd, 'Front-end'], [this.backEnd, 'Back-end']] as const) {
      if (socket.closed || !socket.channel.attached) {
        throw new ErrnoError('EINVAL', { message: `${name} socket must be bound or connected` });
      }
    }
    this.#running = true;
    try {
      await Promise.all([this.#pass(this.frontEnd, this.backEnd), this.#pass(this.backEnd, this.frontEnd)]);
    } finally {
      this.#end();
    }
  }

  async #pass(from: Socket, to: Socket): Promise<void> {
    if (!('receive' in from) || !('send' in to)) return;
    for await (const message of from as Socket & Readable) {
      await this.#paused;
      if (to.closed) return;
      await (to as Socket & Writable).send(message);
    }
    this.#end(); // the other direction has nobody to talk to any more
  }

  #end(): void {
    this.#running = false;
    this.resume();
    this.frontEnd.close();
    this.backEnd.close();
  }

  /** Passes nothing on for the time being. */
  pause(): void {
    this.#check();
    this.#paused ??= new Promise((resolve) => (this.#resume = resolve));
  }

  /** Goes on. */
  resume(): void {
    this.#resume?.();
    this.#paused = this.#resume = undefined;
  }

  /** Ends it, and closes both sockets. */
  terminate(): void {
    this.#check();
    this.#end();
  }

  #check(): void {
    if (!this.#running) throw new ErrnoError('EBADF');
  }
}
