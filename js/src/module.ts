// The entry of zmq.mjs, which a page or a bundler imports.
import { besideVite, ownScript } from './engine/ownscript.js';
import { setHome } from './engine/source.js';
import * as zmq from './index.js';

export * from './index.js';
export default zmq;

// A bundler that makes a classic script of this leaves no import.meta.url. With one, many bundlers find zmq.wasm by the
// very words in which its URL is made here. So they do worker.mjs.
const script: string | undefined = import.meta.url ?? ownScript();

setHome({
  script,
  places: [() => new URL('./zmq.wasm', import.meta.url), () => new URL('zmq.wasm', script), () => besideVite(script, 'zmq.wasm')],
  workers: [() => new URL('./worker.mjs', import.meta.url), () => new URL('worker.mjs', script), () => besideVite(script, 'worker.mjs')],
});
