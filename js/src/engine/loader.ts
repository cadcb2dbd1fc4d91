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
  if (source instanceof WebAssembly.Module) return source;
  if (!(source instanceof Response)) return WebAssembly.compile(source);
  if (!source.ok) throw new ZmqError('unavailable', `${source.url}: HTTP ${source.status}`);
  const type = source.headers.get('content-type') ?? '';
  if (type.startsWith('application/wasm')) return WebAssembly.compileStreaming(source);
  if (type.startsWith('text/html')) {
    throw new ZmqError(
      'invalid',
      `${source.url} is a page, not WebAssembly. With a bundler: zmq.configure({ wasmURL }) with the URL it gives ` +
        `zmq-web-bridge/zmq.wasm (Vite: import wasmURL from 'zmq-web-bridge/zmq.wasm?url')`,
    );
  }
  return WebAssembly.compile(await source.arrayBuffer());
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
    throw new ZmqError('invalid', 'zmq.wasm and zmq.js are of different builds: reload the page without its cache');
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
