import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { connected, failure, page, zmq } from './support/page.mjs';

const wasm = readFileSync(new URL('../dist/zmq.wasm', import.meta.url));

/** Returns the instances of the engine that are made while fn runs. */
async function instances(fn) {
  const made = [];
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...args) => {
    const instance = await instantiate(...args);
    if ('mem' in (instance.exports ?? {})) made.push(instance); // Node itself uses WebAssembly, too
    return instance;
  };
  try {
    await fn();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return made;
}

test('an engine that dies takes its contexts along, and the next context has another', async (t) => {
  zmq.configure({ wasm });
  t.mock.method(console, 'error', () => {}); // Go prints a message when it dies
  let one, two;
  const [instance] = await instances(async () => {
    one = connected(t, zmq.REQ);
    two = connected(t, zmq.SUB);
    await Promise.all([one.socket.ready(), two.socket.ready()]);
  });
  const pending = [one.socket.request('x'), one.socket.send('y'), two.socket.receive()].map(failure);
  await one.bridge.want('Request', 2);
  new Uint8Array(instance.exports.mem.buffer).fill(0xff); // no engine can go on after that
  assert.equal((await failure(one.socket.request('z'))).code, 'internal');
  for (const why of await Promise.all(pending)) assert.equal(why.code, 'internal');
  for (const { context } of [one, two]) assert.equal(context.status().code, 'internal');
  const three = connected(t, zmq.REQ);
  await three.socket.ready();
});

test('wasm can be given as bytes, as a module, as a response, as a promise', async (t) => {
  const module = await WebAssembly.compile(wasm);
  const response = new Response(wasm, { headers: { 'content-type': 'application/wasm' } });
  const untyped = new Response(wasm);
  for (const source of [wasm, wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length), module, response, untyped, Promise.resolve(module)]) {
    zmq.configure({ wasm: source });
    await page(t).context.ready();
  }
});

test('wasm can be given as a URL, as a promise of one', async (t) => {
  t.after(() => zmq.configure({ wasm: undefined, wasmURL: undefined }));
  const url = new URL('../dist/zmq.wasm', import.meta.url);
  for (const source of [url, url.href, Promise.resolve(url.href)]) {
    zmq.configure({ wasm: source, wasmURL: 'file:///nowhere' });
    await page(t).context.ready({ timeout: 10_000 });
  }
});

test('wasm that cannot be had fails everything, and can be put right', async (t) => {
  for (const [source, code] of [
    [Promise.reject(new Error('offline')), 'unavailable'],
    [new Response('', { status: 404 }), 'unavailable'],
    [new Response('<html>', { headers: { 'content-type': 'text/html' } }), 'invalid'],
    [new Uint8Array(8), 'unavailable'],
  ]) {
    if (source instanceof Promise) source.catch(() => {});
    zmq.configure({ wasm: source });
    const { context, socket } = connected(t, zmq.REQ);
    socket.on('error', () => {});
    for (const it of [socket.request('x'), socket.ready(), context.ready(), socket.send('y')]) {
      assert.equal((await failure(it)).code, code);
    }
  }
  zmq.configure({ wasm });
  await page(t).context.ready();
});

test('nothing waits for ever while the engine loads', async (t) => {
  zmq.configure({ wasm: new Promise(() => {}) });
  const { socket } = connected(t, zmq.REQ, { requestTimeout: 20 });
  assert.equal((await failure(socket.request('x'))).code, 'unavailable'); // nothing was sent
  assert.equal((await failure(socket.ready())).code, 'timeout');
  zmq.configure({ wasm });
});
