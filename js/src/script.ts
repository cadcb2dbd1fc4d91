// The entry of zmq.js, which a script tag or importScripts loads. What it exports are the members of its one global variable, zmq.
import { ownScript } from './engine/ownscript.js';
import { setHome } from './engine/source.js';

export * from './index.js';

const script = ownScript(); // it is known only while the script runs

setHome({ script, places: [() => new URL('zmq.wasm', script)], workers: [() => new URL('worker.mjs', script)] });
