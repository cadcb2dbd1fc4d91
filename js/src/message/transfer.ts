import { ZmqError } from '../errors.js';

/** Tells whether the buffer of some bytes was transferred, which leaves all views of it empty. */
export function isDetached({ buffer }: Uint8Array): boolean {
  if ('detached' in buffer) return buffer.detached === true;
  try {
    new Uint8Array(buffer); // old browsers and Node 20 do not tell, but nobody can make a view of such a buffer
    return false;
  } catch {
    return true;
  }
}

/** The error for whoever reads or sends bytes that are gone. */
export function transferred(): ZmqError {
  return new ZmqError(
    'invalid',
    'the buffer of this part was transferred, and with it all that arrived together: transfer part.bytes(), a copy',
  );
}
