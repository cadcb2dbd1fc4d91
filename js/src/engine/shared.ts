import { ZmqError } from '../errors.js';
import { Engine } from './engine.js';
import { instantiate } from './loader.js';
import { findModule } from './search.js';
import type { Configuration } from './source.js';

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
 * bridge is the URL of the bridge of the context that asks, which is where zmq.wasm is looked for last.
 */
export function sharedEngine(bridge: string): Promise<Engine> {
  return (engine ??= start(bridge));
}

function start(bridge: string): Promise<Engine> {
  const starting = load(bridge);
  starting.then(
    (it) => it.onDeath(() => abandon(starting)),
    () => abandon(starting),
  );
  return starting;
}

function abandon(failed: Promise<Engine>): void {
  if (engine === failed) engine = undefined;
}

async function load(bridge: string): Promise<Engine> {
  module ??= findModule(configuration, bridge);
  const loading = module;
  try {
    return new Engine(await instantiate(await loading));
  } catch (thrown) {
    if (module === loading) module = undefined;
    throw ZmqError.from(thrown, 'unavailable');
  }
}
