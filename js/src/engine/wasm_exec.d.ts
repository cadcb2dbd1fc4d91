// The types of wasm_exec.js, which the Go distribution has to start its programs in a page. js/build takes it from the Go
// that compiles zmq.wasm, and wraps it so that it returns its class Go instead of making a global of it.
declare module 'go:wasm_exec' {
  export interface Go {
    importObject: WebAssembly.Imports;
    exited?: boolean;
    exit(code: number): void;
    run(instance: WebAssembly.Instance): Promise<void>;
  }
  /** Returns the class Go, which will take the given object for the global one. */
  export function makeGo(globalThis: object): new () => Go;
  /** The version of that Go, as its runtime.Version() says. */
  export const goVersion: string;
  /** The hash of the zmq.wasm that was built together with this code, as fetch takes it. */
  export const wasmIntegrity: string;
  /** The same in short, as the bridge takes it in a URL. */
  export const wasmVersion: string;
  /** The hash of all that was built together: the sources of this code, and zmq.wasm. */
  export const build: string;
}
