import type { MessageLike } from '../index.js';
import type { Channel } from './channel.js';
import { ErrnoError } from './errno.js';

/** A message that waits for somebody who gets it. */
interface Waiting {
  readonly parts: MessageLike[];
  readonly resolve: () => void;
  readonly reject: (why: unknown) => void;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** How many messages may wait beyond the high water mark. Further ones fail with EAGAIN. */
const maxWaiting = 10_000;

/**
 * What a socket sends whose messages wait for a backend, as libzmq queues them: as long as no backend is there, so many as
 * the high water mark says are taken in, and the others wait. What a bridge has got, it bounds by itself.
 */
export class Outlet {
  readonly #channel: Channel;
  /** Those that were taken in. */
  readonly #taken: MessageLike[][] = [];
  /** Those that wait until there is room. */
  readonly #waiting: Waiting[] = [];
  /** Called when nothing is left here. */
  #emptied: (() => void) | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Whether a message that is sent now is taken in at once. */
  room(highWaterMark: number): boolean {
    return this.#channel.live || (this.#channel.attached && this.#waiting.length === 0 && this.#taken.length < highWaterMark);
  }

  /** With conflate, a message takes the place of the one that waits. */
  send(parts: MessageLike[], highWaterMark: number, timeout: number, conflate: boolean): Promise<void> {
    if (this.#channel.live && this.#taken.length === 0) return this.#pass(parts);
    if (conflate) this.#taken.length = 0;
    if (this.room(conflate ? 1 : highWaterMark)) {
      this.#taken.push(copied(parts));
      return Promise.resolve();
    }
    if (timeout === 0 || this.#waiting.length >= maxWaiting) return Promise.reject(new ErrnoError('EAGAIN'));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { parts: copied(parts), resolve, reject, timer: undefined };
      if (timeout < Infinity) waiting.timer = setTimeout(() => this.#giveUp(waiting), timeout);
      this.#waiting.push(waiting);
    });
  }

  #pass(parts: MessageLike[]): Promise<void> {
    return this.#channel.socket.send(parts).then(
      () => {},
      (thrown: unknown) => Promise.reject(ErrnoError.from(thrown)),
    );
  }

  #giveUp(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    waiting.reject(new ErrnoError('EAGAIN'));
  }

  /** A backend came or went, or an address. */
  changed(highWaterMark: number): void {
    if (this.#channel.live) {
      for (const parts of this.#taken.splice(0)) this.#pass(parts).catch(() => {}); // the bridge's socket reports it
      for (const { parts, resolve, reject, timer } of this.#waiting.splice(0)) {
        clearTimeout(timer);
        this.#pass(parts).then(resolve, reject);
      }
      this.#emptied?.();
    }
    while (this.#channel.attached && this.#waiting.length > 0 && this.#taken.length < highWaterMark) {
      const { parts, resolve, timer } = this.#waiting.shift()!;
      clearTimeout(timer);
      this.#taken.push(parts);
      resolve();
    }
  }

  /** The socket is being closed. Calls then when nothing is left here, or after so many milliseconds. */
  close(linger: number, then: () => void): void {
    for (const { reject, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(new ErrnoError('EAGAIN'));
    }
    if (this.#taken.length === 0 || linger === 0 || !this.#channel.attached) return then();
    const late = linger < Infinity ? setTimeout(() => this.#emptied?.(), linger) : undefined;
    this.#emptied = () => {
      this.#emptied = undefined;
      clearTimeout(late);
      this.#taken.length = 0;
      then();
    };
  }
}

/** A message that is sent later: until then, its sender may change the bytes. */
function copied(parts: MessageLike[]): MessageLike[] {
  return parts.map((part) => {
    if (part === null || typeof part !== 'object') return part;
    return ArrayBuffer.isView(part) ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength).slice() : part.slice(0);
  });
}
