import { ZmqError } from '../errors.js';

// The types of sockets have the numbers that libzmq gives them.
export const PAIR = 0;
export const PUB = 1;
export const SUB = 2;
export const REQ = 3;
export const REP = 4;
export const DEALER = 5;
export const ROUTER = 6;
export const PULL = 7;
export const PUSH = 8;
export const XPUB = 9;
export const XSUB = 10;

export type SocketType = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const names = ['PAIR', 'PUB', 'SUB', 'REQ', 'REP', 'DEALER', 'ROUTER', 'PULL', 'PUSH', 'XPUB', 'XSUB'] as const;

/** The name of a type, such as "REQ". Throws when there is no such type. */
export function typeName(type: SocketType): string {
  const name = names[type];
  if (name === undefined) throw new ZmqError('invalid', `${String(type)} is no socket type: use zmq.REQ and the like`);
  return name;
}

/** Whether a socket of this type connects to an address once, as in libzmq, where a second connection makes no sense. */
export function connectsOnce(type: SocketType): boolean {
  return type === REQ || type === SUB || type === PUB || type === DEALER;
}
