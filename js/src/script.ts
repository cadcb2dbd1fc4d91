// The entry of zmq.js, for a script tag: everything here is a member of the one global, zmq.
import { fetchWasm, settle } from './engine/shared.js';

export * from './index.js';

// Known only while the script runs. In a worker there is no document: it is looked for beside the worker's script.
const element = typeof document === 'undefined' ? null : document.currentScript;
const script = element instanceof HTMLScriptElement && element.src !== '' ? element.src : location.href;

settle({ script, wasm: () => fetchWasm(new URL('zmq.wasm', script)) });
