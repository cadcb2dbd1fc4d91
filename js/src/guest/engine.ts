import type { Engine } from '../engine/engine.js';
import type { ErrorCode, ZmqError } from '../errors.js';
import type { Tools } from '../link/worker.js';
import { parseJSON } from '../message/json.js';
import type { Part } from '../message/message.js';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A call or an answer, when it has been read. */
type Envelope = Readonly<Record<string, unknown>>;

/**
 * Stands for the engine that is in a worker. The envelopes of remote procedure calls are written and read here, because there
 * is no time to ask the worker. The examples of core/rpc hold for these, too.
 */
export class RemoteEngine implements Engine {
  dead: ZmqError | undefined;
  readonly #tools: Tools;
  readonly #mourners = new Set<(why: ZmqError) => void>();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  onDeath(fn: (why: ZmqError) => void): void {
    this.#mourners.add(fn);
  }

  forget(fn: (why: ZmqError) => void): void {
    this.#mourners.delete(fn);
  }

  /** The worker has died, and the engine with it. */
  died(): void {
    this.dead ??= this.#error('internal', 'the worker of this context died; make a new Context');
    for (const fn of [...this.#mourners]) fn(this.dead);
  }

  #error(code: ErrorCode, text: string, remote = false): ZmqError {
    return new this.#tools.ZmqError(code, text, { remote });
  }

  rpcCall(name: string, args: string, kwargs: string): Uint8Array {
    if (name === '') throw this.#error('invalid', 'a function has a name');
    const named = kwargs === '' || kwargs === 'null' ? '{}' : kwargs;
    if (named[0] !== '{') throw this.#error('invalid', 'keyword arguments are an object');
    const list = args === '' ? '[]' : args[0] === '[' ? args : `[${args}]`;
    return bytes(`{"funcname":${JSON.stringify(name)},"args":${list},"kwargs":${named}}`);
  }

  rpcResult(answer: Part): string {
    const it = this.#read(answer, 'this is no answer');
    if (it['status'] === 'error') {
      const text = it['error_msg'] ?? '';
      throw this.#error('failed', typeof text === 'string' ? text : textOf(text), true);
    }
    if (Object.hasOwn(it, 'returnval')) return textOf(it['returnval']);
    if (Object.keys(it).length > 0) throw this.#error('protocol', 'this is no answer: it has no returnval', true);
    return '';
  }

  rpcParse(call: Part): { name: string; args: string; kwargs: string } {
    const { funcname: name, args, kwargs } = this.#read(call, 'this is no call');
    if (typeof name !== 'string' || name === '') throw this.#error('protocol', 'this is no call: it has no funcname', true);
    const wrong = typeof (kwargs ?? {}) !== 'object' || Array.isArray(kwargs);
    if (wrong) throw this.#error('protocol', 'this is no call: its kwargs are no object', true);
    const list = (args ?? undefined) === undefined ? '' : textOf(Array.isArray(args) ? args : [args]);
    const known = decoder.decode(bytes(name)); // a name with half a surrogate pair has U+FFFD for it, as in Go
    return { name: known, args: list, kwargs: (kwargs ?? undefined) === undefined ? '' : textOf(kwargs) };
  }

  #read(part: Part, wrong: string): Envelope {
    try {
      const text = typeof part === 'string' ? part : decoder.decode(part);
      const it = parseJSON(text, { bigIntegers: true });
      if (typeof it === 'object' && it !== null && !Array.isArray(it)) return it as Envelope;
    } catch {
      // the same as any other text
    }
    throw this.#error('protocol', `${wrong}: it is no JSON object`, true);
  }

  rpcReturn(value: string): Uint8Array {
    return bytes(`{"returnval":${value === '' ? 'null' : value}}`);
  }

  rpcError(text: string): Uint8Array {
    return bytes(`{"status":"error","error_msg":${JSON.stringify(text)}}`);
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Writes what parseJSON has read, with the numbers that JSON.stringify has no words for. */
function textOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  return `{${Object.entries(value)
    .map(([name, it]) => `${JSON.stringify(name)}:${textOf(it)}`)
    .join()}}`;
}
