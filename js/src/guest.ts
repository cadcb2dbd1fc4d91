// The entry of guest.mjs, which zmq.mjs and zmq.js load when a context shall be held by a worker.
export { hold } from './guest/hold.js';
