// The entry of zmq.node.mjs, for Node: the wasm is a file.
import { readFile } from 'node:fs/promises';
import { settle } from './engine/shared.js';
import * as zmq from './index.js';

export * from './index.js';
export default zmq;

settle({ script: undefined, wasm: () => readFile(new URL('./zmq.wasm', import.meta.url)) });
