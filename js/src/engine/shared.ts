import { ZmqError } from '../errors.js';
import { Engine } from './engine.js';
import { compile, instantiate } from './loader.js';
import { type Configuration, wasmSource } from './source.js';

let configuration: Configuration = {};
let module: Promise<WebAssembly.Module> | undefined;
let engine: Promise<Engine> | undefined;

/** Says where zmq.wasm comes from. It has to be called before the first Context is made. */
export function configure(changes: Configuration): void {
  configuration = { ...configuration, ...changes };
  module = engine = undefined;
}

/**
 * The one engine of the page, which all its Contexts share. When it could not be started or has died, a new one is started.
 */
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
  module ??= wasmSource(configuration).then(compile);
  const loading = module;
  try {
    return new Engine(await instantiate(await loading));
  } catch (thrown) {
    if (module === loading) module = undefined;
    throw ZmqError.from(thrown, 'unavailable');
  }
}
