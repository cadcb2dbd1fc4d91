import { ZmqError } from '../errors.js';

/** Tells whether the buffer of some bytes was transferred, which leaves all views of it empty. */
export function isDetached({ buffer }: Uint8Array): boolean {
  return 'detached' in buffer && buffer.detached === true; // old browsers cannot tell
}

/** The error for whoever reads or sends bytes that are gone. */
export function transferred(): ZmqError {
  return new ZmqError(
    'invalid',
    'the buffer of this part was transferred, and with it all parts that arrived together: transfer the copy part.bytes()',
  );
}
