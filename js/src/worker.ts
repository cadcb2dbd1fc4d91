// The entry of worker.mjs, the script of the workers that hold contexts: those that a page has for itself, and those that all
// tabs of an origin share.
import { setHome } from './engine/source.js';
import { Host } from './host/host.js';

setHome({ script: undefined, places: [() => new URL('./zmq.wasm', import.meta.url)] });

const host = new Host();
const accept = ({ ports }: MessageEvent): void => ports.forEach((port) => host.accept(port));
Object.assign(globalThis, 'onconnect' in globalThis ? { onconnect: accept } : { onmessage: accept });
