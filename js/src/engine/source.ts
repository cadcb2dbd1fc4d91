import type { WasmSource } from './loader.js';

/** What a page may give. */
type Given = WasmSource | string | URL;

/** Says where zmq.wasm comes from. By default it is looked for beside the script, and then at the bridge. */
export interface Configuration {
  wasmURL?: string | URL;
  /** Its URL too, or the module itself: its bytes, a compiled module, or a response that has it. */
  wasm?: Given | Promise<Given>;
}

/** What the entry point of a bundle (script.ts, module.ts, node.ts) knows about where it was loaded from. */
interface Home {
  /** The URL of the script; undefined in Node, where it says nothing about where a bridge may be. */
  readonly script: string | undefined;
  /** Where zmq.wasm may be, the likeliest place first. One that throws is no place here. */
  readonly places: readonly (() => string | URL)[];
  /** Where worker.mjs may be, likewise. */
  readonly workers?: readonly (() => string | URL)[];
  /** Reads the file with a URL, where files can be read. */
  readonly readFile?: (url: URL) => Promise<Uint8Array<ArrayBuffer>>;
}

let home: Home = { script: undefined, places: [] };

/** Called by the entry point of a bundle when it is loaded. */
export function setHome(at: Home): void {
  home = at;
}

/** Where this code came from. */
export function whereFrom(): Home {
  return home;
}

/** The places as absolute URLs, without those that are none here. */
export function resolved(places: readonly (() => string | URL)[]): string[] {
  return places.flatMap((place) => {
    try {
      return [new URL(place(), globalThis.location?.href).href];
    } catch {
      return []; // a bundle of this kind does not know where it is
    }
  });
}

/** The URL of the script that this code came in, if it is known. */
export function scriptURL(): string | undefined {
  return home.script;
}
