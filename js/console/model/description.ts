/** A function of an RPC server, as the server describes it (core/PROTOCOL.md). */
export interface FunctionDescription {
  readonly name: string;
  readonly doc: string;
  /** How it is called, in the words of the server, or as far as its parameters tell. */
  readonly signature: string;
  /** Whether its value is a stream, which a call does not get. */
  readonly stream: boolean;
  /** Arguments to begin with, as a JSON array. */
  readonly args: string;
}

/** How many functions are listed. */
const MOST = 500;

/** Reads what a server answered to rpc.describe. What is no description of a function is left out. */
export function functionsOf(answer: unknown): readonly FunctionDescription[] {
  const { functions } = (answer ?? {}) as { functions?: unknown };
  if (!Array.isArray(functions)) return [];
  return functions
    .slice(0, MOST)
    .map(read)
    .filter((it) => it !== undefined);
}

function read(given: unknown): FunctionDescription | undefined {
  const { name, doc, signature, params, stream } = (given ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string') return undefined;
  const list = Array.isArray(params) ? params.map((it: unknown) => (it ?? {}) as Record<string, unknown>) : [];
  const names = list.map((param, i) => (typeof param['name'] === 'string' ? param['name'] : `arg${i + 1}`));
  return {
    name,
    doc: typeof doc === 'string' ? doc : '',
    signature: typeof signature === 'string' ? signature : `${name}(${names.join(', ')})`,
    stream: stream === true,
    args: JSON.stringify(list.filter((param) => param['optional'] !== true).map((param) => sample(param['type']))),
  };
}

/** A value of a type that begins with what most languages call it. */
function sample(type: unknown): unknown {
  const name = typeof type === 'string' ? type.toLowerCase() : '';
  if (/^(u?int|float|double|num|decimal)/.test(name)) return 0;
  if (/^(bool)/.test(name)) return false;
  if (/^(list|array|tuple|\[)/.test(name)) return [];
  if (/^(dict|map|object|struct)/.test(name)) return {};
  return /^(str|text)/.test(name) ? '' : null;
}
