import { unsupported } from './errno.js';

/** The version of libzmq that these classes behave like. */
export const version = '4.3.5';

/** What a bridge offers of what libzmq may have. inproc is nothing that could be asked for here: libzmq always has it. */
export const capability: Readonly<Record<'ipc' | 'pgm' | 'tipc' | 'norm' | 'curve' | 'gssapi' | 'draft', boolean>> = Object.freeze({
  ipc: true,
  pgm: false,
  tipc: false,
  norm: false,
  curve: false,
  gssapi: false,
  draft: false,
});

/** Throws: keys are the bridge's own, and no page has any. */
export function curveKeyPair(): { publicKey: string; secretKey: string } {
  throw unsupported('CURVE is between the bridge and its backends: the bridge has the keys');
}
