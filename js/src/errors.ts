// The errors of this library. Every room may import this file, and it imports nothing.

/**
 * The codes of core.Code (core/error.go), in the same order: on the wire a code is its place in this list. `error.code`
 * is one of these names, which are the same in Go and in core/PROTOCOL.md.
 */
const codes = [
  'ok', // no error
  'invalid', // the request itself is malformed: an argument, an endpoint, an empty message
  'unauthenticated', // the bridge does not know who this is
  'denied', // the bridge knows, and the answer is no
  'unsupported', // valid, but not offered here: a transport, a socket type, a version
  'unavailable', // nobody is there: the backend is down or unreachable; nothing was sent
  'timeout', // the deadline passed without an answer
  'canceled', // the caller gave up
  'busy', // a limit on queued or pending work is reached; nothing was sent
  'too_large', // larger than a limit on messages, parts or frames
  'conflict', // an identity or address is in use by somebody else
  'lost', // the connection went away with the answer outstanding: it may have been processed
  'closed', // the socket, context or bridge was closed
  'protocol', // the other end broke the protocol
  'failed', // the remote application answered with an error
  'internal', // a bug in the bridge or the client
] as const;

/** The number of 'ok'. */
export const OK = 0;

export type ErrorCode = Exclude<(typeof codes)[number], 'ok'>;

/** After these the same call may succeed later, although nobody has changed anything. */
const retryable: readonly ErrorCode[] = ['unavailable', 'timeout', 'busy', 'conflict', 'lost'];

/** The one class of errors of this library. Programs decide on `code`; `message` is for people. */
export class ZmqError extends Error {
  override readonly name = 'ZmqError';
  readonly code: ErrorCode;
  /** Whether the bridge, or the application behind it, said so. Otherwise this client concluded it. */
  readonly remote: boolean;
  /** What a remote function calls its error, where its server tells: "KeyError". */
  readonly type: string | undefined;

  constructor(code: ErrorCode, message: string, options: { remote?: boolean; type?: string; cause?: unknown } = {}) {
    super(message || code, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.remote = options.remote ?? false;
    this.type = options.type;
  }

  /**
   * Whether the same call may succeed later: the code is "unavailable", "timeout", "busy", "conflict" or "lost". After
   * "timeout" and "lost" a request may have been processed already, so repeat it only where that does no harm.
   */
  get retryable(): boolean {
    return retryable.includes(this.code);
  }

  /** Makes a ZmqError of anything that was thrown. */
  static from(thrown: unknown, code: ErrorCode = 'internal'): ZmqError {
    if (thrown instanceof ZmqError) return thrown;
    return new ZmqError(code, textOf(thrown), { cause: thrown });
  }
}

/** What something says that was thrown. An error of another realm, such as an iframe's, is no instance of Error here. */
export function textOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown ? String(thrown.message) : String(thrown);
}

/** The name of a code that came as a number. A number that only a newer peer knows reads "internal", as in Go. */
export function codeName(code: number): ErrorCode {
  const name = codes[code];
  return name === undefined || name === 'ok' ? 'internal' : name;
}

/** The number of a code; of none, that of 'ok'. */
export function codeNumber(code: ErrorCode | undefined): number {
  return codes.indexOf(code ?? 'ok');
}

/** Makes the error that an event of the engine carries. */
export function errorOf(event: { code: number; text: string; remote: boolean }): ZmqError {
  return new ZmqError(codeName(event.code), event.text, { remote: event.remote });
}
