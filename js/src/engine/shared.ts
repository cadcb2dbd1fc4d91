import { ZmqError } from '../errors.js';
import { after } from '../language/timer.js';
import { WasmEngine } from './engine.js';
import { abandonDownload, downloading } from './download.js';
import { instantiate } from './loader.js';
import { findModule } from './search.js';
import { type Configuration, resolved, whereFrom } from './source.js';

let configuration: Configuration = {};
let module: Promise<WebAssembly.Module> | undefined;
let engine: Promise<WasmEngine> | undefined;
/** How many contexts have asked for the engine and not released it. */
let users = 0;

/** Says where zmq.wasm comes from. It has to be called before the first Context is made. */
export function configure(changes: Configuration): void {
  configuration = { ...configuration, ...changes };
  startOver();
}

/** Where zmq.wasm may be, for a worker, which cannot be given anything but URLs. */
export function wasmURLs(): string[] {
  const given = configuration.wasm ?? configuration.wasmURL;
  const said = typeof given === 'string' || given instanceof URL;
  return resolved(said ? [() => given] : whereFrom().places);
}

/** Loads everything anew when the engine is asked for the next time. */
function startOver(): void {
  module = engine = undefined;
  abandonDownload();
}

/**
 * The one engine of the page, which all its Contexts share. When it could not be started or has died, a new one is started.
 * Whoever asks for it has to call releaseEngine in the end. bridge is the URL of the bridge of the context that asks, which is
 * where zmq.wasm is looked for last.
 */
export function sharedEngine(bridge: string): Promise<WasmEngine> {
  users++;
  return (engine ??= start(bridge));
}

/**
 * A context has ended. When there is no other one, zmq.wasm is not waited for any longer: a download keeps Node running. A
 * page that makes a context anew at once, as frameworks do in development, goes on with the same download.
 */
export function releaseEngine(): void {
  users--;
  after(0, () => {
    if (users === 0 && downloading()) startOver();
  });
}

function start(bridge: string): Promise<WasmEngine> {
  const starting = load(bridge);
  starting.then(
    (it) => it.onDeath(() => abandon(starting)),
    () => abandon(starting),
  );
  return starting;
}

function abandon(failed: Promise<WasmEngine>): void {
  if (engine === failed) engine = undefined;
}

async function load(bridge: string): Promise<WasmEngine> {
  module ??= findModule(configuration, bridge);
  const loading = module;
  try {
    return new WasmEngine(await instantiate(await loading));
  } catch (thrown) {
    if (module === loading) module = undefined;
    throw ZmqError.from(thrown, 'unavailable');
  }
}
