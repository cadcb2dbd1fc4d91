import { after } from '../language/timer.js';
import { ZmqError } from '../errors.js';
import { Engine } from './engine.js';
import { type WasmSource, compile, instantiate } from './loader.js';

/** Says where zmq.wasm comes from. By default it is loaded from beside the script. */
export interface Configuration {
  wasmURL?: string | URL;
  /** The module itself, instead of its URL: its bytes, a compiled module, or a response that has it. */
  wasm?: WasmSource | Promise<WasmSource>;
}

/** What the entry point of a bundle (script.ts, module.ts, node.ts) knows about where it was loaded from. */
export interface Home {
  /** The URL of the script; undefined in Node, where it says nothing about where a bridge may be. */
  readonly script: string | undefined;
  /** Gets the zmq.wasm that belongs to the script. */
  wasm(): Promise<WasmSource>;
}

/** How long zmq.wasm may take to load, in milliseconds, so that nothing waits for ever. */
const loadTimeout = 60_000;

let home: Home | undefined;
let configuration: Configuration = {};
let module: Promise<WebAssembly.Module> | undefined;
let engine: Promise<Engine> | undefined;

/** Says where zmq.wasm comes from. It has to be called before the first Context is made. */
export function configure(changes: Configuration): void {
  configuration = { ...configuration, ...changes };
  module = engine = undefined;
}

/** Called by the entry point of a bundle when it is loaded. */
export function setHome(at: Home): void {
  home = at;
}

/** The URL of the script that this code came in, if it is known. */
export function scriptURL(): string | undefined {
  return home?.script;
}

/** The one engine of the page, which all its Contexts share. When it could not be started or has died, a new one is started. */
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

/** Downloads zmq.wasm. */
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
