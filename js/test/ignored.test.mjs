import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Bridge } from './support/bridge.mjs';
import { connected, logged, page, sleep, zmq } from './support/page.mjs';

/** A bridge that refuses every endpoint. */
const refusing = () =>
  new Bridge().on('Open', ({ socket, id }, it) => it.write({ kind: 'Refused', socket, id, code: 3, text: 'not for you' }));

// What is rejected and not handled fails a test by itself.

test('promises that nobody looks at may reject', async (t) => {
  const { context, socket } = connected(t, zmq.REQ, {}, refusing());
  await socket.connect('tcp://b:1').catch(() => {});
  const errors = [];
  socket.on('error', ({ code }) => errors.push(code));
  const rpc = new zmq.RPCClient(socket);
  socket.request('x');
  socket.request({ no: 'message' });
  socket.request('x', { timeout: -1 });
  socket.request('x', { signal: AbortSignal.abort(new Error('enough')) });
  rpc.call('f');
  rpc.api.f();
  rpc.rpc('f');
  socket.ready();
  socket.ready({ timeout: 1 });
  context.Socket(zmq.SUB).ready();
  context.ready({ timeout: 0 });
  await sleep(50);
  await context.close();
  context.ready();
  socket.ready();
  socket.request('x');
  await sleep(20);
  assert.deepEqual(errors.slice(0, 6).sort(), ['denied', 'denied', 'denied', 'denied', 'invalid', 'invalid']);
});

test('those that somebody looks at are told nowhere else', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, refusing());
  await socket.connect('tcp://b:1').catch(() => {});
  const errors = [];
  socket.on('error', (why) => errors.push(why));
  const lines = await logged('warn', async () => {
    await socket.request('x').catch(() => {});
    await socket.request('x').then(() => {}, () => {});
    await assert.rejects(socket.request('x'), { code: 'denied' });
    await sleep(5);
  });
  assert.deepEqual([errors, lines], [[], []]);
});

test('a context that never connects may be ignored as a whole', async (t) => {
  const { context } = page(t, { getCredentials: () => Promise.reject(new Error('login expired')) });
  const socket = context.Socket(zmq.REQ);
  socket.connect('tcp://a:1');
  socket.request('x');
  context.ready();
  while (context.status().state !== 'closed') await sleep(5);
  await sleep(20);
});

/** Runs a program that uses the client, and returns how it ended and what it printed. */
async function run(t, program) {
  const client = new URL('../dist/zmq.node.mjs', import.meta.url).href;
  const never = 'class Never { readyState = 0; close() {} }';
  const code = `import * as zmq from '${client}'; ${never} ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  const since = performance.now();
  const [status] = await once(child, 'close');
  return { status, text: text.trim(), took: performance.now() - since };
}

for (const [name, answer] of Object.entries({
  'was loaded': (response) => response.writeHead(200, { 'content-type': 'application/wasm' }).end(wasm),
  'is being loaded': (response) => response.writeHead(200).write('x'),
  'does not come': () => {},
})) {
  test(`Node ends when the context is closed and zmq.wasm ${name}`, async (t) => {
    const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    await once(server, 'listening');
    const { status, text, took } = await run(
      t,
      `zmq.configure({ wasmURL: 'http://127.0.0.1:${server.address().port}/zmq.wasm' });
       const context = new zmq.Context('ws://127.0.0.1:9/data', { WebSocket: Never });
       await new Promise((resolve) => setTimeout(resolve, 1000));
       await context.close();
       console.log('closed');`,
    );
    assert.deepEqual([status, text], [0, 'closed']);
    assert.ok(took < 8000, `${took} ms`);
  });
}

const wasm = readFileSync(fileURLToPath(new URL('../dist/zmq.wasm', import.meta.url)));

test('a context that is made anew at once goes on with the download', async (t) => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/wasm' }).end(wasm), 200);
  }).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  zmq.configure({ wasmURL: `http://127.0.0.1:${server.address().port}/zmq.wasm` });
  t.after(() => zmq.configure({ wasmURL: undefined }));
  const first = page(t);
  await sleep(50);
  first.context.close();
  const second = page(t);
  await second.context.ready();
  assert.equal(asked, 1);
});
