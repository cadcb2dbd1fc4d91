import { PUB, PUSH, type SocketType, typeName } from '../attachment/sockettype.js';
import { ZmqError } from '../errors.js';
import type { Source } from '../reception/inbox.js';

/** Tells whether sockets of a type only send, so that there never is anything to receive. */
export function isSendOnly(type: SocketType): boolean {
  return type === PUSH || type === PUB;
}

/** What a socket receives that only sends: nothing. Whoever waits for it would wait for ever, and is told so. */
export class SendOnly implements Source {
  readonly #type: SocketType;

  constructor(type: SocketType) {
    this.#type = type;
  }

  take(): never {
    throw new ZmqError('invalid', nothingComes(this.#type));
  }

  poll(): undefined {}

  done(): void {}
}

/** The words for whoever wants to receive on a socket that only sends. */
export function nothingComes(type: SocketType): string {
  return `a ${typeName(type)} socket only sends: it has nothing to receive`;
}
