import { ErrnoError } from './errno.js';

/** What a bridge reaches, and what it might one day. */
const offered = /^(tcp|ipc):\/\/./;

/** Throws when an address is none that a bridge reaches. A name, which a bridge gives a meaning to, has no transport. */
export function checkAddress(address: unknown): string {
  if (typeof address !== 'string') throw new TypeError('Address must be a string');
  if (address.includes('://') && !offered.test(address)) {
    throw new ErrnoError(/^\w+:\/\/./.test(address) ? 'EPROTONOSUPPORT' : 'EINVAL', { address });
  }
  return address;
}

/** Whether it is the name of an endpoint, and no address. */
export function isName(address: string): boolean {
  return !address.includes('://');
}
