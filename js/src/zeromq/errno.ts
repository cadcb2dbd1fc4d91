import { type ErrorCode, ZmqError } from '../index.js';

/** The errors of libzmq by their names: the number that each has on Linux, and what zmq_strerror says of it. */
const errors = {
  ENOENT: [2, 'No such endpoint'],
  EBADF: [9, 'Socket is closed'],
  EAGAIN: [11, 'Operation was not possible or timed out'],
  EACCES: [13, 'Permission denied'],
  EBUSY: [16, 'Socket is blocked by a bind or unbind operation'],
  EINVAL: [22, 'Invalid argument'],
  EMFILE: [24, 'Too many open file descriptors'],
  EPROTO: [71, 'Protocol error'],
  EMSGSIZE: [90, 'Message too long'],
  EPROTONOSUPPORT: [93, 'Protocol not supported'],
  ENOTSUP: [95, 'Operation not supported'],
  EADDRINUSE: [98, 'Address already in use'],
  ECONNRESET: [104, 'Connection reset by peer'],
  EHOSTUNREACH: [113, 'Host unreachable'],
  ECANCELED: [125, 'Operation canceled'],
  EFSM: [156384763, 'Operation cannot be accomplished in current state'],
} as const;

/** The name of an error of libzmq, such as EAGAIN. */
export type ErrnoCode = keyof typeof errors;

/** What the codes of this library are called in libzmq. */
const names: { readonly [code in ErrorCode]: ErrnoCode } = {
  invalid: 'EINVAL',
  unauthenticated: 'EACCES',
  denied: 'EACCES',
  unsupported: 'ENOTSUP',
  unavailable: 'EHOSTUNREACH',
  timeout: 'EAGAIN',
  canceled: 'ECANCELED',
  busy: 'EAGAIN',
  too_large: 'EMSGSIZE',
  conflict: 'EADDRINUSE',
  lost: 'ECONNRESET',
  closed: 'EBADF',
  protocol: 'EPROTO',
  failed: 'EPROTO',
  internal: 'EPROTO',
};

/** An error as zeromq.js throws it. Its cause is the ZmqError that says why, when there is one. */
export class ErrnoError extends Error {
  override readonly name = 'Error';
  /** The name of libzmq, such as "EAGAIN". */
  readonly code: ErrnoCode;
  /** The number that goes with the name on Linux. */
  readonly errno: number;
  /** The code of this library, such as "timeout", where it has told more. */
  readonly reason: ErrorCode | undefined;
  /** The address that it is about. */
  declare readonly address?: string;

  constructor(code: ErrnoCode, { address, cause, message }: { address?: string | undefined; cause?: unknown; message?: string } = {}) {
    super(message ?? errors[code][1], cause === undefined ? undefined : { cause });
    this.code = code;
    this.errno = errors[code][0];
    this.reason = cause instanceof ZmqError ? cause.code : undefined;
    if (address !== undefined) this.address = address;
  }

  /** Makes one of what this library has thrown. */
  static from(thrown: unknown, address?: string): ErrnoError {
    if (thrown instanceof ErrnoError) return thrown;
    const code = thrown instanceof ZmqError ? names[thrown.code] : 'EPROTO';
    return new ErrnoError(code, { address, cause: thrown });
  }
}

/** The error for what a bridge cannot do, or does by itself. what says it in words. */
export function unsupported(what: string): ErrnoError {
  return new ErrnoError('ENOTSUP', { message: what, cause: new ZmqError('unsupported', what) });
}
