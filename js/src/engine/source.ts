import { ZmqError } from '../errors.js';
import { type Timer, after } from '../language/timer.js';
import type { WasmSource } from './loader.js';

/** Says where zmq.wasm comes from. By default it is loaded from beside the script. */
export interface Configuration {
  wasmURL?: string | URL;
  /** The module itself, instead of its URL: its bytes, a compiled module, or a response that has it. */
  wasm?: WasmSource | Promise<WasmSource>;
}

/** What the entry point of a bundle (script.ts, module.ts, node.ts) knows about where it was loaded from. */
interface Home {
  /** The URL of the script; undefined in Node, where it says nothing about where a bridge may be. */
  readonly script: string | undefined;
  /** Gets the zmq.wasm that belongs to the script. */
  wasm(): Promise<WasmSource>;
}

/** How long zmq.wasm may take to load, in milliseconds, so that nothing waits for ever. */
const loadTimeout = 60_000;

let home: Home | undefined;

/** Called by the entry point of a bundle when it is loaded. */
export function setHome(at: Home): void {
  home = at;
}

/** The URL of the script that this code came in, if it is known. */
export function scriptURL(): string | undefined {
  return home?.script;
}

/** Gets zmq.wasm: from where the page says, or else from where the script came from. */
export async function wasmSource({ wasm, wasmURL }: Configuration): Promise<WasmSource> {
  if (wasm !== undefined) return wasm;
  if (wasmURL !== undefined) return fetchWasm(wasmURL);
  if (home === undefined) throw new ZmqError('invalid', 'zmq.configure({ wasmURL }) has to say where zmq.wasm is');
  return home.wasm();
}

/** The download that is under way. It ends with endDownload, because the bytes come after its response. */
let download: { readonly abort: AbortController; readonly timer: Timer } | undefined;

export function downloading(): boolean {
  return download !== undefined;
}

/** All of zmq.wasm is there, or nobody waits for it any more. */
export function endDownload(): void {
  download?.timer.cancel();
  download?.abort.abort(new Error('nobody waits for it any more'));
  download = undefined;
}

/** Downloads zmq.wasm. */
export async function fetchWasm(url: string | URL): Promise<Response> {
  const abort = new AbortController();
  const timer = after(loadTimeout, () => abort.abort(new Error('not loaded in time')));
  download = { abort, timer };
  try {
    return await fetch(url, { credentials: 'same-origin', signal: abort.signal });
  } catch (thrown) {
    throw new ZmqError('unavailable', `${String(url)}: ${thrown instanceof Error ? thrown.message : 'not loaded'}`, {
      cause: thrown,
    });
  }
}
