// The entry of zmq.node.mjs, for Node, where zmq.wasm is read from a file.
import { readFile } from 'node:fs/promises';
import { setHome } from './engine/source.js';
import * as zmq from './index.js';

export * from './index.js';
export default zmq;

setHome({ script: undefined, wasm: () => readFile(new URL('./zmq.wasm', import.meta.url)) });
