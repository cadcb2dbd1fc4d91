// The entry of zmq.node.mjs, for Node, where zmq.wasm is read from a file.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { watchTCP } from './connection/tcp.js';
import { setTCP } from './connection/wire.js';
import { setHome } from './engine/source.js';
import * as zmq from './index.js';

export * from './index.js';
export default zmq;

setTCP(watchTCP());

setHome({
  script: undefined,
  places: [
    () => new URL('./zmq.wasm', import.meta.url),
    () => pathToFileURL(createRequire(import.meta.url).resolve('zmq-web-bridge/zmq.wasm')), // this is in somebody's bundle
  ],
  readFile,
});
