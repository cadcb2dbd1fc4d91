import { type Description, type FunctionDescription, RPCServer } from '../index.js';

/** What is to be told of functions, by their names: what each does, or that and more. */
export type FunctionDocs = Readonly<Record<string, string | Omit<FunctionDescription, 'name'>>>;

/**
 * What may be called of an object, as "rpc.describe" tells it. An RPCServer on a REP tells it when it has a method of this name,
 * which returns this:
 *
 *     class Page extends RPCServer {
 *       'rpc.describe'() { return describeFunctions(this, { echo: 'Returns what it was given.' }); }
 *     }
 */
export function describeFunctions(server: object, docs: FunctionDocs = {}): Description {
  const listed = (server as RPCServer).authorized_functions;
  const functions = [...methods(server)]
    .filter(([name]) => !listed || listed.includes(name))
    .map(([name, method]): FunctionDescription => {
      const doc = docs[name];
      return { name, ...(isGenerator(method) && { stream: true }), ...(typeof doc === 'string' ? { doc } : doc) };
    });
  return { functions };
}

/** Tells whether calling a function makes a generator. */
function isGenerator(method: unknown): boolean {
  return /GeneratorFunction/.test(Object.prototype.toString.call(method));
}

/** The functions that a caller may reach, as an RPCServer finds them: not its own, nor guards, nor those that begin with _. */
function methods(server: object): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (let object = server; object !== RPCServer.prototype && object !== Object.prototype; ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      if (!all.has(name)) all.set(name, value);
    }
    const parent: unknown = Object.getPrototypeOf(object);
    if (parent === null) break;
    object = parent as object;
  }
  for (const [name, value] of [...all]) {
    const guards = name.startsWith('can_') && typeof all.get(name.slice(4)) === 'function';
    if (typeof value !== 'function' || guards || name.startsWith('_') || own.includes(name)) all.delete(name);
  }
  return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const own = ['constructor', 'rpc.describe'];
