import * as zmq from '../../dist/zmq.node.mjs';
import { Bridge } from './bridge.mjs';

export { zmq };

/** Makes a Context and a Bridge for it. The context is closed when the test has ended. */
export function page(t, options = {}, bridge = new Bridge()) {
  const context = new zmq.Context('ws://bridge.test/data', {
    WebSocket: bridge.WebSocket,
    minReconnectDelay: 1,
    maxReconnectDelay: 5,
    ...options,
  });
  t.after(() => context.close());
  return { bridge, context };
}

/** Does the same, and makes a socket that is connected. */
export function connected(t, type, options, bridge) {
  const all = page(t, options, bridge);
  const socket = all.context.Socket(type);
  socket.connect('tcp://backend.test:1', {});
  return { ...all, socket };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a condition is met. */
export async function until(so) {
  while (!so()) await sleep(1);
}

/** Returns the error with which a promise rejects. */
export const failure = (promise) =>
  promise.then(
    () => {
      throw new Error('it should have been rejected');
    },
    (why) => why,
  );

/** Returns what is written with one method of console while fn runs. */
export async function logged(method, fn) {
  const lines = [];
  const original = console[method];
  console[method] = (...args) => lines.push(args.map(String).join(' '));
  try {
    await fn();
  } finally {
    console[method] = original;
  }
  return lines;
}

export const texts = (parts) => parts.map(String);
