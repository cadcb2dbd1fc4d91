import { ZmqError } from '../errors.js';

/** A place in the history of an endpoint: text to be kept anywhere, and given back. What is in it is the bridge's. */
export type Position = string;

/** A place in a history, taken apart. Offsets of one epoch say nothing about those of another. */
export interface Place {
  readonly endpoint: number;
  readonly offset: number;
  readonly epoch: string;
}

/** Takes a position apart. */
export function parsePosition(position: Position): { offset: number; epoch: string } {
  const [, offset, epoch] = /^(\d{1,16})@(.+)$/s.exec(position) ?? [];
  if (offset === undefined || epoch === undefined) {
    throw new ZmqError('invalid', `${JSON.stringify(position)} is not what socket.position() returned`);
  }
  return { offset: Number(offset), epoch };
}
