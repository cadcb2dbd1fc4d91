import { ZmqError } from '../errors.js';

/**
 * A place in the history of an endpoint, as a text that the page can keep wherever it likes and give back later. Only
 * this library and the bridge know what the text means.
 */
export type Position = string;

/**
 * The place of a message in the history of an endpoint. The bridge counts the messages of a history, and starts a new
 * epoch when it has to start counting anew: offsets of different epochs cannot be compared.
 */
export interface Place {
  /** The number that the engine knows the endpoint by. */
  readonly endpoint: number;
  readonly offset: number;
  readonly epoch: string;
}

/** Makes the position that a page is given. */
export function positionOf({ offset, epoch }: Place): Position {
  return `${offset}@${epoch}`;
}

/** Reads a position that the page has given back. Throws when it is none. */
export function parsePosition(position: Position): { offset: number; epoch: string } {
  const [, offset, epoch] = /^(\d{1,16})@(.+)$/s.exec(position) ?? [];
  if (offset === undefined || epoch === undefined) {
    throw new ZmqError('invalid', `${JSON.stringify(position)} is not what socket.position() returned`);
  }
  return { offset: Number(offset), epoch };
}
