// The entry of zmq.js, for a script tag: everything here is a member of the one global, zmq.
import { fetchWasm, setHome } from './engine/source.js';

export * from './index.js';

// Known only while the script runs. In a worker there is no document: it is looked for beside the worker's script.
const element: Element | null = typeof document === 'undefined' ? null : (document.currentScript as Element | null);
const script = element !== null && 'src' in element && element.src !== '' ? String(element.src) : location.href;

setHome({ script, wasm: () => fetchWasm(new URL('zmq.wasm', script)) });
