// Mistakes that a new user makes, in calls that look right: each is told at once, with words, or does what was meant.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, logged, page, sleep, zmq } from './support/page.mjs';

const echo = () => {
  const bridge = new Bridge();
  return bridge.on('Request', ({ id, body }) => bridge.write({ kind: 'Reply', socket: 1, id, body }));
};

/** Calls fn, and returns what it throws or rejects with. It has to be a ZmqError with code "invalid". */
async function refused(fn, words) {
  const why = await failure((async () => fn())());
  assert.deepEqual([why.name, why.code], ['ZmqError', 'invalid'], `${fn} ${why.stack}`);
  if (words !== undefined) assert.match(why.message, words);
}

test('a number or a signal where the options of a wait belong is refused, and nobody waits for ever', async (t) => {
  const { context, socket } = connected(t, zmq.REQ, {}, echo());
  const pull = context.Socket(zmq.PULL);
  pull.connect('tcp://backend.test:2');
  for (const options of [1000, 'soon', new AbortController().signal]) {
    await refused(() => pull.receive(options), /\{ timeout, signal \}/);
    await refused(() => pull.messages(options).next(), /\{ timeout, signal \}/);
    await refused(() => pull.ready(options), /\{ timeout, signal \}/);
    await refused(() => context.ready(options), /\{ timeout, signal \}/);
    await refused(() => socket.request('x', options), /\{ timeout, signal \}/);
  }
});

test('the hole of a list is no part, and a buffer that was transferred is none', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  await socket.ready();
  await refused(() => socket.request([, 'a']), /not of type undefined/);
  for (const make of [(it) => it, (it) => new Uint8Array(it), (it) => new Float32Array(it), (it) => new DataView(it)]) {
    const buffer = new ArrayBuffer(8);
    const part = make(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    await refused(() => socket.request(part), /was transferred/);
  }
  assert.equal(String(await socket.request(new Uint8Array(0))), '');
});

test('subscribe and unsubscribe take a list as well', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.subscribe(['a', 'b'], 'c', { rate: 5 });
  const prefixes = () => bridge.of('Subscribe').map(({ name }) => String.fromCharCode(...name));
  assert.deepEqual(prefixes(), ['a', 'b', 'c']);
  socket.unsubscribe(['a', 'c']);
  await bridge.want('Unsubscribe', 2);
});

test('what is done with a socket that was closed fails with "closed"', async (t) => {
  const { context } = page(t);
  for (const type of [zmq.SUB, zmq.REQ]) {
    const socket = context.Socket(type);
    socket.connect('tcp://backend.test:1');
    await socket.close(null);
    const calls = [() => socket.ready(), () => socket.receive(), () => socket.connect('tcp://backend.test:1')];
    calls.push(type === zmq.SUB ? () => socket.subscribe('a') : () => socket.request('a'));
    for (const call of calls) assert.equal((await failure(call())).code, 'closed', String(call));
    assert.equal(await socket.close(), 0);
  }
});

test('an option that cannot be is refused where it is given', async (t) => {
  const { bridge, context } = page(t);
  const { WebSocket } = bridge;
  const circle = {};
  circle.circle = circle;
  for (const options of [
    { requestTimeout: 'soon' },
    { requestTimeout: -5 },
    { requestTimeout: 0 },
    { minReconnectDelay: 0 },
    { maxReconnectDelay: 'x' },
    { maxReconnectDelay: NaN },
    { getCredentials: 'secret' },
    { credentials: () => 'secret' },
    { credentials: circle },
    { credentials: 5n },
    { WebSocket: {} },
  ]) {
    await refused(() => new zmq.Context('ws://bridge.test/data', { WebSocket, ...options }), new RegExp(Object.keys(options)[0]));
  }
  await refused(() => context.Socket(zmq.REQ, { requestTimeout: '1s' }), /requestTimeout/);
  await refused(() => context.Socket(zmq.DEALER, { identity: '' }), /identity/);
  await refused(() => context.Socket(zmq.DEALER, { identity: new Uint8Array(0) }), /identity/);
  for (const linger of ['1', -1, NaN, null]) await refused(() => context.Socket(zmq.PUSH).close({ linger }), /linger/);
  await refused(() => context.on('status', undefined), /listener/);
  await refused(() => (context.Socket(zmq.PULL).onmessage = 'print'), /onmessage/);
});

test('on a REQ onmessage gets the replies to send', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  const got = [];
  socket.onmessage = (text) => got.push(`onmessage ${text}`);
  socket.on('message', (text) => got.push(`listener ${text}`));
  assert.equal(String(await socket.send('a')), 'a');
  assert.deepEqual(got, ['onmessage a', 'listener a']);
  assert.equal(String(await socket.request('b')), 'b'); // has its reply in its own promise, and several may be under way
  assert.equal(got.length, 2);
});

test('onmessage where nothing can ever come is an error', async (t) => {
  const { context } = page(t);
  for (const type of [zmq.PUSH, zmq.PUB]) {
    const socket = context.Socket(type);
    const warnings = await logged('warn', () => (socket.onmessage = () => {}));
    assert.match(warnings[0], /invalid: a (PUSH|PUB) socket only sends/);
  }
});

test('a call of no function, and a client or a server on the wrong socket, are refused', async (t) => {
  const { context, socket } = connected(t, zmq.REQ, {}, echo());
  const client = new zmq.RPCClient(socket);
  for (const name of [undefined, 5, null, {}]) await refused(() => client.call(name), /name of a function/);
  await refused(() => client.call('add', [1, 2], () => {}), /keyword arguments/);
  for (const make of [() => new zmq.RPCClient(), () => new zmq.RPCClient(context), () => new zmq.RPCClient(context.Socket(zmq.SUB))]) {
    await refused(make, /REQ socket/);
  }
  await refused(() => new zmq.RPCServer(socket), /REP socket/);
  await sleep(1);
});
