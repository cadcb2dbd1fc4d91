// The entry of zmq.mjs, which a page or a bundler imports.
import { fetchWasm, setHome } from './engine/source.js';
import * as zmq from './index.js';

export * from './index.js';
export default zmq;

setHome({ script: import.meta.url, wasm: () => fetchWasm(new URL('./zmq.wasm', import.meta.url)) });
