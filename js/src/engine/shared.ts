import { after } from '../language/abort.js';
import { ZmqError } from '../errors.js';
import { Engine } from './engine.js';
import { type WasmSource, compile, instantiate } from './loader.js';

/** Where zmq.wasm comes from, when not from beside the script. */
export interface Configuration {
  wasmURL?: string | URL;
  /** Instead of a URL: its bytes, a compiled module, or a response. */
  wasm?: WasmSource | Promise<WasmSource>;
}

/** What the entry point of a build knows about where it was loaded from. */
export interface Home {
  /** URL of the script, if it has one that a bridge may be behind. */
  readonly script: string | undefined;
  wasm(): Promise<WasmSource>;
}

/** Longest wait for zmq.wasm, so that nothing waits for ever. */
const loadTimeout = 60_000;

let home: Home | undefined;
let configuration: Configuration = {};
let module: Promise<WebAssembly.Module> | undefined;
let engine: Promise<Engine> | undefined;

/** Says where zmq.wasm comes from. Call it before the first Context. */
export function configure(changes: Configuration): void {
  configuration = { ...configuration, ...changes };
  module = engine = undefined;
}

export function setHome(at: Home): void {
  home = at;
}

/** URL of the script this code came in. */
export function scriptURL(): string | undefined {
  return home?.script;
}

/** The one engine of the page, shared by its Contexts. After a failure or its death the next call starts another. */
export function sharedEngine(): Promise<Engine> {
  return (engine ??= start());
}

function start(): Promise<Engine> {
  const starting = load();
  starting.then(
    (it) => it.onDeath(() => abandon(starting)),
    () => abandon(starting),
  );
  return starting;
}

function abandon(failed: Promise<Engine>): void {
  if (engine === failed) engine = undefined;
}

async function load(): Promise<Engine> {
  module ??= source().then(compile);
  const loading = module;
  try {
    return new Engine(await instantiate(await loading));
  } catch (thrown) {
    if (module === loading) module = undefined;
    throw ZmqError.from(thrown, 'unavailable');
  }
}

async function source(): Promise<WasmSource> {
  const { wasm, wasmURL } = configuration;
  if (wasm !== undefined) return wasm;
  if (wasmURL !== undefined) return fetchWasm(wasmURL);
  if (home === undefined) throw new ZmqError('invalid', 'zmq.configure({ wasmURL }) has to say where zmq.wasm is');
  return home.wasm();
}

export async function fetchWasm(url: string | URL): Promise<Response> {
  const abort = new AbortController();
  after(loadTimeout, () => abort.abort(new Error('not loaded in time')));
  try {
    return await fetch(url, { credentials: 'same-origin', signal: abort.signal });
  } catch (thrown) {
    throw new ZmqError('unavailable', `${String(url)}: ${thrown instanceof Error ? thrown.message : 'not loaded'}`, {
      cause: thrown,
    });
  }
}
