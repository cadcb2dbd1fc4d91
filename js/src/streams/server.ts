import { type DuplexSocket, type Frame, type Message, ROUTER, RPCClient, RPCServer, ZmqError } from '../index.js';
import { type FunctionDocs, describeFunctions } from './description.js';
import { ServedStream, isStream, mostCredit, told } from './served.js';

export interface StreamServerOptions {
  /** What rpc.describe tells of the functions, beside their names. */
  docs?: FunctionDocs;
  /** How many streams and calls may be open. The default is 1000. */
  streams?: number;
  /** How many of them one client may have. The default is 64. */
  streamsPerClient?: number;
  /** How many milliseconds a client may grant nothing before its stream ends. The default is 90,000. */
  silence?: number;
}

/** What a client says: call a function, begin a stream, send more, or no more. */
type Said =
  | { readonly kind: 'call' | 'stream'; readonly name: string; readonly args: unknown[]; readonly credit: number }
  | { readonly kind: 'grant'; readonly credit: number }
  | { readonly kind: 'cancel' };

/**
 * Serves the functions of an object to clients that ask on a ROUTER socket: calls, and streams besides. It is there to be
 * extended, as an RPCServer is, and has the same rules for who may call what:
 *
 *     class Page extends StreamServer {
 *       async *count(to) { for (let n = 0; n < to; n++) yield n; }
 *     }
 *     const router = context.Socket(ROUTER);
 *     await router.bind('tcp://127.0.0.1:10008');
 *     new Page(router);
 *
 * A function that returns a generator, or anything that for await reads, is a stream. It goes on as fast as the client reads. When
 * the client has enough, the function ends at its next yield.
 */
export class StreamServer extends RPCServer {
  /** socket is a ROUTER socket. What it receives goes to this server. */
  constructor(socket: DuplexSocket, options: StreamServerOptions = {}) {
    super();
    if (socket?.type !== ROUTER) throw new ZmqError('invalid', 'a StreamServer answers on a ROUTER socket');
    new Service(this, socket, options);
  }
}

/** What is open at a ROUTER. */
class Service {
  readonly #server: StreamServer;
  readonly #socket: DuplexSocket;
  readonly #options: Required<StreamServerOptions>;
  readonly #streams = new Map<string, ServedStream>();
  /** How many streams and calls each client has open. */
  readonly #clients = new Map<string, number>();
  #open = 0;

  constructor(server: StreamServer, socket: DuplexSocket, options: StreamServerOptions) {
    this.#server = server;
    this.#socket = socket;
    this.#options = { docs: {}, streams: 1000, streamsPerClient: 64, silence: 90_000, ...options };
    socket.onmessage = (text, parts) => this.#receive(text, parts);
    socket.on('closed', () => this.#streams.forEach((stream) => stream.cancel()));
  }

  /** What is none of a client of RPC is ignored, because there is nobody to tell. */
  #receive(text: string, parts: Message): void {
    const at = parts.findIndex((part) => part.length === 0);
    if (at < 1 || at === parts.length - 1) return;
    const envelope = parts.slice(0, at + 1);
    const say = (answer: string): Promise<void> => this.#socket.send([...envelope, answer]).then(() => {});
    try {
      this.#heard(envelope.map(key).join(), read(text), say);
    } catch (thrown) {
      void quietly(say(failure(thrown)));
    }
  }

  #heard(id: string, said: Said, say: (text: string) => Promise<void>): void {
    const stream = this.#streams.get(id);
    const end = (code: string, message: string): void => void quietly(say(JSON.stringify({ end: code, error_msg: message })));
    if (said.kind === 'cancel') return stream?.cancel();
    if (said.kind === 'grant') {
      if (stream === undefined) return end('lost', 'there is no such stream');
      stream.grant(said.credit);
      if (said.credit === 0) void quietly(say('{"credit":0}'));
      return;
    }
    const leave = this.#enter(id.slice(0, id.indexOf(',')));
    if (said.kind === 'call') {
      if (leave === undefined) throw new ZmqError('busy', full);
      void this.#call(said.name, said.args).then((answer) => quietly(say(answer))).finally(leave);
    } else if (stream !== undefined) {
      leave?.();
      end('conflict', 'there is a stream with this id');
    } else if (leave === undefined) end('busy', full);
    else this.#begin(id, said.credit, say, leave).run(() => RPCServer.inside.invoke(this.#server, said.name, said.args)).catch(RPCServer.inside.report);
  }

  #begin(id: string, credit: number, say: (text: string) => Promise<void>, leave: () => void): ServedStream {
    const over = (): void => {
      this.#streams.delete(id);
      leave();
    };
    const stream = new ServedStream({ say, over }, credit, this.#options.silence);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Answers a call that is no stream. */
  async #call(name: string, args: unknown[]): Promise<string> {
    try {
      const describes = name === 'rpc.describe';
      const value = describes ? describeFunctions(this.#server, this.#options.docs) : await RPCServer.inside.invoke(this.#server, name, args);
      if (isStream(value)) throw new ZmqError('failed', `${name} is a stream`);
      return `{"returnval":${RPCClient.json.write(value, `what ${name} returned`) || 'null'}}`;
    } catch (thrown) {
      if (!(thrown instanceof ZmqError)) RPCServer.inside.report(thrown);
      return failure(thrown);
    }
  }

  /** Makes room for a stream or a call of a client, and returns what gives it back; undefined when there is none. */
  #enter(client: string): (() => void) | undefined {
    const open = this.#clients.get(client) ?? 0;
    if (this.#open >= this.#options.streams || open >= this.#options.streamsPerClient) return undefined;
    this.#open++;
    this.#clients.set(client, open + 1);
    return () => {
      this.#open--;
      const left = this.#clients.get(client)! - 1;
      if (left === 0) this.#clients.delete(client);
      else this.#clients.set(client, left);
    };
  }
}

const full = 'too many streams and calls are open';

/** A part of an envelope as text that no other part has. */
function key(part: Frame): string {
  return [...part].join(' ');
}

/** The answer to a call that went wrong. */
function failure(thrown: unknown): string {
  const { message, type } = told(thrown);
  return JSON.stringify({ status: 'error', error_msg: message, ...(type && { error_type: type }) });
}

/** Whoever is gone need not be told. */
function quietly(sent: Promise<void>): Promise<void> {
  return sent.catch(() => {});
}

/** Reads what a client says (core/PROTOCOL.md, section 14). */
function read(text: string): Said {
  const said = parsed(text);
  const { funcname, stream, credit = 0, cancel } = said;
  if (typeof funcname === 'string' && funcname !== '') return { kind: 'call', name: funcname, args: argumentsOf(said), credit: 0 };
  if (cancel === true) return { kind: 'cancel' };
  if (!(typeof credit === 'number' && Number.isInteger(credit) && credit >= 0) && typeof credit !== 'bigint') throw wrong;
  const granted = Math.min(Number(credit), mostCredit);
  if (typeof stream === 'string' && stream !== '') return { kind: 'stream', name: stream, args: argumentsOf(said), credit: granted };
  if (!('credit' in said) || (stream !== undefined && stream !== null)) throw wrong;
  return { kind: 'grant', credit: granted };
}

const wrong = new ZmqError('protocol', 'this is neither a call nor about a stream');

function parsed(text: string): Record<string, unknown> {
  try {
    const value = RPCClient.json.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // it is no JSON
  }
  throw wrong;
}

/** The arguments of a call as a function takes them: the positional ones, then the named ones if there are any. */
function argumentsOf({ args, kwargs }: Record<string, unknown>): unknown[] {
  if (kwargs !== undefined && kwargs !== null && (typeof kwargs !== 'object' || Array.isArray(kwargs))) throw wrong;
  const positional = Array.isArray(args) ? (args as unknown[]) : args === undefined || args === null ? [] : [args];
  return kwargs && Object.keys(kwargs).length > 0 ? [...positional, kwargs] : positional;
}
