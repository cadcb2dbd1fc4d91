// The entry of zmq.js, which a script tag loads. What it exports are the members of its one global variable, zmq.
import { fetchWasm, setHome } from './engine/source.js';

export * from './index.js';

// The script tag is known only while the script runs. A worker has no document, so zmq.wasm has to be beside its script.
const element: Element | null = typeof document === 'undefined' ? null : (document.currentScript as Element | null);
const script = element !== null && 'src' in element && element.src !== '' ? String(element.src) : location.href;

setHome({ script, wasm: () => fetchWasm(new URL('zmq.wasm', script)) });
