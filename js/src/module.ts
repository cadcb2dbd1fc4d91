// The entry of zmq.mjs, which a page or a bundler imports.
import { besideVite, ownScript } from './engine/ownscript.js';
import { setHome } from './engine/source.js';
import * as zmq from './index.js';

export * from './index.js';
export default zmq;

// A bundler that makes a classic script of this leaves no import.meta.url. With one, many bundlers find zmq.wasm by the
// very words in which its URL is made here. So they do worker.mjs.
const script: string | undefined = import.meta.url ?? ownScript();

const elsewhere = (file: string): (() => string | URL)[] => [() => new URL(file, script), () => besideVite(script, file)];

setHome({
  script,
  places: [() => new URL('./zmq.wasm', import.meta.url), ...elsewhere('zmq.wasm')],
  workers: [() => new URL('./worker.mjs', import.meta.url), ...elsewhere('worker.mjs')],
});
