// wasm_exec.js of the Go that compiled zmq.wasm, as js/build wraps it: no new globals, the class is returned instead.
declare module 'go:wasm_exec' {
  export interface Go {
    importObject: WebAssembly.Imports;
    exited?: boolean;
    exit(code: number): void;
    run(instance: WebAssembly.Instance): Promise<void>;
  }
  export function makeGo(globalThis: object): new () => Go;
  /** runtime.Version() of that Go. */
  export const goVersion: string;
}
