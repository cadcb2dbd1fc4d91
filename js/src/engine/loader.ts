import { goVersion, makeGo } from 'go:wasm_exec';
import { ZmqError } from '../errors.js';
import { type Boot, type Controls, type Exports, DIED, abi } from './abi.js';
import { sandbox } from './sandbox.js';

/** What a zmq.wasm can be loaded from. */
export type WasmSource = BufferSource | WebAssembly.Module | Response;

/** What Engine is built on. None of the functions ever throws: once the instance has died, they all return DIED. */
export interface Instance {
  readonly exports: Exports;
  readonly controls: Controls;
  readonly memory: WebAssembly.Memory;
}

/** Compiles a module, while it is still being downloaded if that is possible. */
export async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (isResponse(source)) return compileResponse(source);
  return isModule(source) ? source : WebAssembly.compile(source as BufferSource);
}

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new ZmqError('unavailable', `HTTP ${response.status}`);
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/html')) throw new ZmqError('invalid', 'a page, not WebAssembly');
  const canStream = type.startsWith('application/wasm') && response instanceof Response;
  return canStream ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

// A response or a module of another realm, such as a frame's, is no instance of the classes here.

function isResponse(source: object): source is Response {
  return Object.prototype.toString.call(source) === '[object Response]';
}

function isModule(source: object): source is WebAssembly.Module {
  return Object.prototype.toString.call(source) === '[object WebAssembly.Module]';
}

/** Starts the Go program in a module. When this returns, its main function has handed its functions over, and waits. */
export async function instantiate(module: WebAssembly.Module): Promise<Instance> {
  let controls: Boot | undefined;
  const global = sandbox({ __zmqBoot: (api: Boot) => void (controls = api) });
  const go = new (makeGo(global))();
  go.exit = () => {}; // the exit code does not matter; go.exited says that it exited
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).catch(() => {}); // then it has not handed its functions over
  if (controls === undefined || go.exited) throw new ZmqError('internal', 'zmq.wasm did not start');
  if (controls.abi !== abi || controls.go !== goVersion) {
    throw new ZmqError('invalid', 'zmq.wasm and zmq.js are of different builds: reload without the cache');
  }
  const exports = instance.exports as unknown as Exports & { mem: WebAssembly.Memory };
  return { exports: contained(exports, go), controls: contained(controls, go), memory: exports.mem };
}

/**
 * Wraps every function so that it returns DIED when the instance has died. An instance dies of what Go cannot recover
 * from, such as running out of memory. From then on its own functions would return nothing, throw, or return nonsense.
 */
function contained<T extends object>(functions: T, go: { exited?: boolean }): T {
  const wrapped: Record<string, unknown> = {};
  for (const [name, fn] of Object.entries(functions)) {
    if (typeof fn !== 'function') continue;
    wrapped[name] = (...args: unknown[]): unknown => {
      if (go.exited) return DIED;
      try {
        const status: unknown = fn(...args);
        return go.exited || status === undefined ? DIED : status;
      } catch {
        go.exited = true;
        return DIED;
      }
    };
  }
  return wrapped as T;
}
