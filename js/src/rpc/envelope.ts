import { ZmqError } from '../errors.js';
import type { Frame } from '../message/frame.js';
import type { Part } from '../message/message.js';
import { parseJSON } from '../message/json.js';
import type { BaseSocket as Socket } from '../socket/sockets.js';

type Engine = NonNullable<Socket['engine']>;

// The envelopes of calls. What JSON.stringify has written needs nothing but words around it, and JSON.parse reads value and
// envelope together: as text, an envelope costs no call of the engine, and no copy. Whatever is not as usual is left to the
// engine, which knows what every peer can read (core/rpc). The tests hold both to the same examples, core/rpc/testdata.

/** Text that has so many brackets that it may nest deeper than core/rpc allows. */
const deep = /^(?:[^[{]*[[{]){500}/;

/** Makes the request that calls a function. args and kwargs are what writeJSON has returned. */
export function callEnvelope(name: string, args: string, kwargs: string): Part | ((engine: Engine) => Part) {
  const named = kwargs === '' || kwargs === 'null' ? '{}' : kwargs;
  if (name === '' || named[0] !== '{' || deep.test(args) || deep.test(named)) {
    return (engine) => engine.rpcCall(name, args, kwargs);
  }
  const list = args[0] === '[' ? args : `[${args}]`;
  return `{"funcname":${JSON.stringify(name)},"args":${list},"kwargs":${named}}`;
}

/** Makes the answer that carries a value, which is what writeJSON has returned. */
export function returnEnvelope(engine: Engine, value: string): Part {
  return deep.test(value) ? engine.rpcReturn(value) : `{"returnval":${value === '' ? 'null' : value}}`;
}

/** Returns the value that an answer carries. Throws the error that it carries instead. */
export function returnedValue(engine: Engine, answer: Frame): unknown {
  const usual = read(answer.string());
  if (usual instanceof ZmqError) throw usual;
  if (usual !== undefined) return usual.returnval;
  const value = engine.rpcResult(answer);
  return value === '' ? undefined : parseJSON(value, { bigIntegers: true });
}

/** What a server writes: a value without a status, or an error. */
interface Answer {
  readonly returnval?: unknown;
  readonly status?: unknown;
  readonly error_msg?: unknown;
  readonly error_type?: unknown;
}

/** Reads an answer as servers write it; undefined when it is not such a one. */
function read(text: string): Answer | ZmqError | undefined {
  if (deep.test(text)) return undefined;
  try {
    const answer = parseJSON(text, { bigIntegers: true }) as Answer | null;
    if (typeof answer !== 'object' || answer === null) return undefined;
    const { status, error_msg: message, error_type: type } = answer;
    if (status === 'error' && typeof message === 'string') {
      return new ZmqError('failed', message, { remote: true, ...(typeof type === 'string' && { type }) });
    }
    return Object.hasOwn(answer, 'returnval') && !Object.hasOwn(answer, 'status') ? answer : undefined;
  } catch {
    return undefined;
  }
}
