// The two ends of a context that a worker holds, js/src/guest and js/src/host, with a MessageChannel between them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { failure, sleep, until } from './support/page.mjs';
import { sharedWorker } from './support/sharedworker.mjs';

const url = 'ws://bridge.test/data';
const address = 'tcp://backend.test:1';
const text = (bytes) => Buffer.from(bytes).toString();

// engine/abi.ts and guest/terms.ts
const Ready = 1, Down = 5, Waits = 200, Over = 201;

/** What a page says first that is of the same build as the worker. */
async function helloOf(worker) {
  const { SharedWorker } = globalThis;
  const said = new Promise((resolve) => {
    globalThis.SharedWorker = class {
      port = { postMessage: resolve, close() {} };
      addEventListener() {}
    };
  });
  const context = worker.open(url);
  const hello = await said;
  globalThis.SharedWorker = SharedWorker;
  await context.close();
  return { ...hello, lock: undefined, key: 'raw' };
}

test('two tabs have one connection, and each its own messages', async (t) => {
  const bridge = new Bridge().on('Close', ({ socket }, connection) => connection.write({ kind: 'Closed', socket, code: 12 }));
  const worker = await sharedWorker(t, bridge);
  const [first, second] = [worker.open(url), worker.open(url)];
  const [one, other] = [first, second].map((context) => context.Socket(worker.zmq.PULL));
  await Promise.all([one, other].map((pull) => pull.connect(address)));
  assert.equal(first.status().where, 'shared');
  assert.equal(bridge.connections.length, 1);
  const [{ socket }, { socket: another }] = bridge.of('Open');
  bridge.write({ kind: 'Message', socket, body: ['first', 'part'] }, { kind: 'Message', socket: another, body: ['second'] });
  assert.deepEqual((await one.receive()).map(String), ['first', 'part']);
  assert.deepEqual((await other.receive()).map(String), ['second']);
  bridge.on('Request', ({ socket, id, body }, connection) => connection.write({ kind: 'Reply', socket, id, body }));
  const req = second.Socket(worker.zmq.REQ);
  req.connect(address);
  assert.deepEqual((await req.request(['to', 'and fro'.repeat(1000)])).map(String), ['to', 'and fro'.repeat(1000)]);
  assert.equal(await second.close(), 0);
  await bridge.want('Close', 2);
  assert.equal(first.status().state, 'connected');
});

for (const [what, options, connections] of [
  ['the same token', [{ token: 'ann' }, { token: 'ann' }], 1],
  ['another token', [{ token: 'ann' }, { token: 'bob' }], 2],
  ['no token', [{ token: 'ann' }, {}], 2],
  ['a token that says it is what a key is', [{ token: 'ann' }, { user: '{"token":"ann"}' }], 2],
  ['no token that can be had', [{}, { getToken: () => Promise.reject(new Error('none')) }], 2],
  ['another bridge', [{ token: 'ann' }, { token: 'ann', url: 'ws://other.test/data' }], 2],
]) {
  test(`with ${what} there ${connections === 1 ? 'is one connection' : 'are two connections'}`, async (t) => {
    const bridge = new Bridge();
    const worker = await sharedWorker(t, bridge);
    for (const { url: at = url, ...rest } of options) {
      const context = worker.open(at, rest);
      if (rest.getToken === undefined) await context.ready();
      else await until(() => context.status().reason !== undefined);
    }
    const asked = options.some(({ getToken }) => getToken) ? 1 : connections; // without a token there is no WebSocket
    assert.equal(bridge.connections.length, asked);
  });
}

test('a page of another build is held by nobody', async (t) => {
  const bridge = new Bridge();
  const worker = await sharedWorker(t, bridge);
  const page = worker.port({ ...(await helloOf(worker)), build: 'another' });
  const { build } = await page.want('here');
  assert.notEqual(build, 'another');
  page.say({ kind: 'commands', commands: [['open', 1, 7, '', 10, false]], bytes: undefined, size: 64 });
  await sleep(50);
  assert.deepEqual([page.words.filter(({ kind }) => kind !== 'here'), bridge.connections.length], [[], 0]);
});

test('a tab that is gone takes its sockets with it, and the last one the connection', async (t) => {
  const bridge = new Bridge();
  const worker = await sharedWorker(t, bridge);
  let die;
  const lock = worker.locks.request('a tab', () => new Promise((resolve) => (die = resolve)));
  const page = worker.port({ ...(await helloOf(worker)), lock: 'a tab' });
  await page.want('begin');
  page.say({ kind: 'commands', commands: [['open', 1, 7, '', 10, false], ['connect', 1, 2, address, undefined]], bytes: undefined, size: 128 });
  await bridge.want('Open');
  die();
  await lock;
  await bridge.want('Close');
  await until(() => bridge.connection.readyState === 3);
});

test('a tab that hears nothing is told no more than it may, and when it hears again how it is', async (t) => {
  const bridge = new Bridge();
  const worker = await sharedWorker(t, bridge);
  const page = worker.port(await helloOf(worker));
  await page.want('begin');
  await until(() => page.happened.some(([kind]) => kind === Ready));
  for (let n = 0; n < 60; n++) {
    bridge.connection.drop();
    await bridge.want('Hello', n + 2);
    await sleep(1);
  }
  bridge.on('Hello', () => {});
  bridge.connection.drop(1006, 'the newest of all');
  await bridge.want('Hello', 62);
  await sleep(20);
  const said = page.of('happened').length;
  assert.equal(said, 32);
  page.say({ kind: 'heard', words: said });
  await page.want('happened', said + 1);
  await sleep(20);
  const { happened } = page;
  assert.equal(page.of('happened').length, said + 1);
  assert.equal(happened.filter(([kind]) => kind === Waits).length < 60, true);
  assert.deepEqual(happened.at(-1), [Waits, 'the newest of all']);
});

test('a tab that hears nothing while far too much happens is given up', async (t) => {
  const bridge = new Bridge();
  const worker = await sharedWorker(t, bridge);
  const page = worker.port(await helloOf(worker));
  await page.want('begin');
  page.say({ kind: 'commands', commands: [['open', 1, 7, '', 10, false], ['connect', 1, 2, address, undefined]], bytes: undefined, size: 128 });
  const { socket, id } = await bridge.want('Open');
  const flaps = Array.from({ length: 1000 }, (_, n) => ({ kind: 'State', socket, id, code: n % 2 ? 0 : 5, text: 'a backend that flaps' }));
  for (let n = 0; n < 110; n++) {
    bridge.write(...flaps);
    await sleep(1);
  }
  await page.want('gone');
  assert.ok(page.happened.length < 110_000);
  assert.equal(page.happened.filter(([kind]) => kind === Over).length, 1);
  assert.ok(page.happened.some(([kind]) => kind === Down));
});

test('the worker asks the tab for a token before each connection, and for the first one no second time', async (t) => {
  const bridge = new Bridge();
  const worker = await sharedWorker(t, bridge);
  const asked = [];
  const context = worker.open(url, { getToken: ({ reason }) => (asked.push(reason), `token ${asked.length}`) });
  await context.ready();
  assert.deepEqual(asked, ['connect']);
  bridge.connection.drop();
  await bridge.want('Hello', 2);
  assert.deepEqual(asked, ['connect', 'connect']);
  assert.deepEqual(bridge.of('Hello').map(({ params }) => JSON.parse(text(params)).token), ['token 1', 'token 2']);
});

test('what the worker refuses, the page is told of', async (t) => {
  const bridge = new Bridge().on('Open', ({ socket, id }, connection) => connection.write({ kind: 'Refused', socket, id, code: 3, text: 'not for you' }));
  const worker = await sharedWorker(t, bridge);
  const context = worker.open(url);
  const why = await failure(context.Socket(worker.zmq.PULL).connect(address));
  assert.equal(why.message, 'not for you');
  assert.equal(why.remote, true);
});
