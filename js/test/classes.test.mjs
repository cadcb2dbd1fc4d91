// What zeromq.js's own tests cannot show: how its classes stand to a bridge.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as classes from '../dist/zeromq.node.mjs';
import { Bridge } from './support/bridge.mjs';
import { failure, page, texts, until, zmq } from './support/page.mjs';

const address = 'tcp://backend.test:1';

/** Makes a socket of a class on a fake bridge. */
function made(t, Class, options = {}) {
  const all = page(t);
  const socket = new Class({ context: all.context, ...options });
  t.after(() => socket.close());
  return { ...all, socket };
}

/** What the bridge answers to an Open. */
const answers = (bridge, answer) => bridge.on('Open', ({ socket, id }, connection) => connection.write({ socket, id, ...answer }));

test('where the bridge listens, if that was left to it', async (t) => {
  const { bridge, socket, context } = made(t, classes.Pull);
  answers(bridge, { kind: 'Opened', text: 'tcp://127.0.0.1:4711' });
  const told = new Promise((resolve) => socket.events.on('bind', resolve));
  await socket.bind('tcp://127.0.0.1:*');
  assert.equal(socket.lastEndpoint, 'tcp://127.0.0.1:4711');
  assert.deepEqual(await told, { type: 'bind', address: 'tcp://127.0.0.1:4711' });
  const other = context.Socket(zmq.PULL);
  await other.bind('tcp://127.0.0.1:*');
  assert.equal(other.lastEndpoint, 'tcp://127.0.0.1:4711');
});

for (const [what, where, code, name, reason] of [
  ['an address that is denied', address, 3, 'EACCES', 'denied'],
  ['a name that the bridge does not know', 'prices', 3, 'EINVAL', 'denied'],
  ['what the bridge does not offer', address, 4, 'ENOTSUP', 'unsupported'],
]) {
  test(`${what} has the code of libzmq, and that of this library as the reason`, async (t) => {
    const { bridge, socket } = made(t, classes.Dealer);
    answers(bridge, { kind: 'Refused', code, text: 'no' });
    const why = await failure(socket.connect(where));
    assert.deepEqual([why.code, why.reason, why.address, why.cause.message], [name, reason, where, 'no']);
  });
}

for (const [code, type] of [[2, 'handshake:error:auth'], [13, 'handshake:error:protocol'], [5, 'connect:retry']]) {
  test(`a backend that is away for the reason ${code} is the event ${type}`, async (t) => {
    const { bridge, socket } = made(t, classes.Dealer);
    answers(bridge, { kind: 'State', code, text: 'why' });
    const told = new Promise((resolve) => socket.events.on(type, resolve));
    await socket.connect(address); // the bridge goes on trying
    assert.equal((await told).address, address);
  });
}

test('a backend that comes and goes is connect and disconnect', async (t) => {
  const { bridge, socket } = made(t, classes.Dealer);
  await socket.connect(address);
  bridge.write({ kind: 'State', socket: 1, id: 1, code: 5, text: 'gone' });
  const types = [];
  for await (const { type } of socket.events) {
    types.push(type);
    if (type === 'disconnect') socket.close();
  }
  assert.deepEqual(types, ['disconnect', 'close', 'end']);
});

test('with conflate only the last message is kept', async (t) => {
  const { bridge, socket } = made(t, classes.Pull, { conflate: true });
  await socket.connect(address);
  bridge.write(...['a', 'b', 'c'].map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  await until(() => socket.readable);
  assert.deepEqual(texts(await socket.receive()), ['c']);
  assert.equal(socket.readable, false);
});

test('messages over maxMessageSize are not received', async (t) => {
  const { bridge, socket } = made(t, classes.Pull, { maxMessageSize: 2 });
  await socket.connect(address);
  bridge.write(...['abc', 'ab'].map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  assert.deepEqual(texts(await socket.receive()), ['ab']);
});

test('several that receive at the same time queue', async (t) => {
  const { bridge, socket } = made(t, classes.Pull);
  await socket.connect(address);
  const both = Promise.all([socket.receive(), socket.receive()]);
  bridge.write(...['a', 'b'].map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  assert.deepEqual((await both).map(texts), [['a'], ['b']]);
});

test('what a bridge does otherwise is refused, and what it cannot but do is not', () => {
  assert.throws(() => new classes.Router({ mandatory: true }), { code: 'ENOTSUP', reason: 'unsupported' });
  assert.equal(new classes.Router({ mandatory: false }).mandatory, false);
});

test('a request waits for a backend that comes back', async (t) => {
  const { bridge, socket } = made(t, classes.Request);
  bridge.on('Request', ({ id }, connection) => {
    if (bridge.of('Request').length > 1) return connection.write({ kind: 'Reply', socket: 1, id, body: ['yes'] });
    connection.write({ kind: 'State', socket: 1, id: 1, code: 5, text: 'gone' }, { kind: 'Failed', socket: 1, id, code: 5, text: 'gone' });
    setTimeout(() => connection.write({ kind: 'State', socket: 1, id: 1, code: 0, text: '' }), 5);
  });
  await socket.connect(address);
  await socket.send('there?');
  assert.deepEqual(texts(await socket.receive()), ['yes']);
});

test('a context without a URL is that of configure', (t) => {
  zmq.configure({ url: 'ws://configured.test/data' });
  const context = new zmq.Context(null, { WebSocket: new Bridge().WebSocket });
  t.after(() => context.close());
  assert.equal(context.url, 'ws://configured.test/data');
});
