// The entry of zmq.node.mjs, for Node: the wasm is a file.
import { readFile } from 'node:fs/promises';
import { setHome } from './engine/source.js';
import * as zmq from './index.js';

export * from './index.js';
export default zmq;

setHome({ script: undefined, wasm: () => readFile(new URL('./zmq.wasm', import.meta.url)) });
