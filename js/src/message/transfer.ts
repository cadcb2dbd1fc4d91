import { ZmqError } from '../errors.js';

/**
 * Tells whether the buffer of some bytes was transferred, which leaves all views of it empty. Old browsers and Node 20 cannot
 * tell; guess is what is taken for true there.
 */
export function isDetached({ buffer }: Uint8Array, guess = false): boolean {
  return 'detached' in buffer ? buffer.detached === true : guess;
}

/** The error for whoever reads or sends bytes that are gone. */
export function transferred(): ZmqError {
  return new ZmqError(
    'invalid',
    'the buffer of this part was transferred, and with it all parts that arrived together: transfer the copy part.bytes()',
  );
}
