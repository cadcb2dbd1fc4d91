import { DEALER, type DuplexSocket, type ErrorCode, type Frame, type Message, type RequestOptions, uuid, ZmqError } from '../index.js';

export interface StreamClientOptions {
  /** How often a server is asked whether a stream is still there, in milliseconds. The third time in vain ends the stream. */
  renewal?: number;
}

/** What goes on under one id: a stream, or a call. */
interface Exchange {
  /** Takes what the server says. */
  hear(text: string, parts: Message): void;
  /** It ends with an error. */
  fail(why: unknown): void;
  /** Asks the server whether it is still there; a call does not. */
  renew?(): void;
}

/** The parts of a request, or a function that makes them when the engine is there. */
type Payload = readonly (string | Uint8Array)[] | ((engine: never) => readonly (string | Uint8Array)[]);

/** What the room "rpc" sees of a socket. */
interface Inside {
  readonly engine: never;
  fault(error: ZmqError): void;
}

/** How many streams and calls may be open. */
const most = 1000;

/** How long a call that says nothing else waits, in milliseconds. */
const patience = 30_000;

/** How often a server is asked in vain before it counts as gone. */
const asked = 3;

/** All streams and calls on one DEALER. It stands for a REQ socket where an RPCClient wants one. */
export class Conversation {
  readonly asks = true;
  readonly #socket: DuplexSocket;
  readonly #renewal: number;
  readonly #open = new Map<string, Exchange & { unheard?: number }>();
  readonly #prefix = `${uuid().slice(0, 12)}.`;
  /** Whether the server is there. */
  #live: boolean;
  #last = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(socket: DuplexSocket, { renewal = 15_000 }: StreamClientOptions = {}) {
    if (socket?.type !== DEALER) throw new ZmqError('invalid', 'a StreamClient asks on a DEALER socket');
    this.#socket = socket;
    this.#renewal = renewal;
    socket.onmessage = (text, parts) => this.#hear(text, parts);
    this.#live = socket.lastEndpoint !== undefined;
    socket.on('up', () => (this.#live = true));
    socket.on('down', (_address, why) => {
      if (this.#live) this.#fail(new ZmqError('lost', `the server went away: ${why.message}`));
      this.#live = false; // what begins now waits for the server
    });
    socket.on('gap', ({ code }) => this.#fail(new ZmqError(code, 'messages of the server are missing')));
    socket.on('closed', (why) => this.#fail(why ?? new ZmqError('closed', 'the socket was closed')));
  }

  get engine(): never {
    return (this.#socket as unknown as Inside).engine;
  }

  fault(error: ZmqError): void {
    (this.#socket as unknown as Inside).fault(error);
  }

  /** Sends a request that is no stream. */
  exchange(payload: Payload, { timeout = patience, signal }: RequestOptions = {}): Promise<Frame[]> {
    const parts = typeof payload === 'function' ? payload(this.engine) : payload;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const abort = (): void => settle(() => reject(signal?.reason as Error));
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.close(id);
        how();
      };
      const id = this.open({
        hear: (_text, reply) => settle(() => resolve(reply)),
        fail: (why) => settle(() => reject(why as Error)),
      });
      const late = (): void => settle(() => reject(new ZmqError('timeout', 'no answer came in time')));
      const timer = timeout < 2 ** 31 ? setTimeout(late, timeout) : undefined;
      signal?.addEventListener('abort', abort);
      this.say(id, ...parts);
    });
  }

  /** Begins something, and returns its id. */
  open(exchange: Exchange): string {
    if (this.#open.size >= most) throw new ZmqError('busy', `${most} streams and calls are open`);
    if (this.#open.size === 0) {
      this.#socket.on('error', this.#failed);
      this.#timer = setInterval(() => this.#renew(), this.#renewal);
    }
    const id = this.#prefix + ++this.#last;
    this.#open.set(id, exchange);
    return id;
  }

  /** Forgets something. Returns false when it was not open. */
  close(id: string): boolean {
    if (!this.#open.delete(id)) return false;
    if (this.#open.size === 0) {
      this.#socket.off('error', this.#failed);
      clearInterval(this.#timer);
    }
    return true;
  }

  /** Sends something under an id. */
  say(id: string, ...parts: readonly (string | Uint8Array)[]): void {
    this.#socket.send([id, '', ...parts]).catch((why: unknown) => this.#open.get(id)?.fail(why));
  }

  #hear(text: string, parts: Message): void {
    const at = parts.findIndex((part) => part.length === 0);
    if (at < 1 || at === parts.length - 1) return;
    const id = String(parts[at - 1]);
    const exchange = this.#open.get(id);
    if (exchange === undefined) {
      if (text.startsWith('{"item"')) this.say(id, '{"cancel":true}'); // it must not go on for nobody
      return;
    }
    exchange.unheard = 0;
    exchange.hear(text, parts);
  }

  #fail(why: ZmqError): void {
    for (const exchange of [...this.#open.values()]) exchange.fail(why);
  }

  /** Something that was sent did not arrive. It may be what has begun any of those of which nothing was heard yet. */
  readonly #failed = (why: ZmqError): void => {
    for (const exchange of [...this.#open.values()]) if (exchange.unheard === undefined) exchange.fail(why);
  };

  #renew(): void {
    for (const exchange of [...this.#open.values()]) {
      if (exchange.renew === undefined) continue;
      const unheard = exchange.unheard ?? 0;
      if (unheard >= asked) exchange.fail(new ZmqError('timeout', 'the server does not answer any more'));
      else {
        exchange.unheard = unheard + 1;
        exchange.renew();
      }
    }
  }
}

const codes =
  'invalid unauthenticated denied unsupported unavailable timeout canceled busy too_large conflict lost closed protocol failed'.split(' ');

/** The code that a server says. One that only a newer server knows reads "internal". */
export function codeOf(name: string): ErrorCode {
  return codes.includes(name) ? (name as ErrorCode) : 'internal';
}
