// Draining a socket or a context: what has begun is brought to its end, and nothing new begins.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, sleep, texts, until, zmq } from './support/page.mjs';

const address = 'tcp://backend.test:1';

/** A bridge that knows Disconnect and tells how a socket ends. */
const modern = () =>
  new Bridge({ flags: 0b1110 })
    .on('Disconnect', ({ socket, id }, connection) => connection.write({ kind: 'Disconnected', socket, id }))
    .on('Close', ({ socket }, connection) => connection.write({ kind: 'Closed', socket, code: 12, text: '' }));

test('requests get their answers', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ, {}, modern());
  const inTurn = [socket.send('a'), socket.send('b')];
  const reply = socket.request('c');
  await bridge.want('Request', 2);
  const drained = socket.drain();
  assert.equal((await failure(socket.request('late'))).code, 'closed');
  assert.equal((await failure(socket.send('late'))).code, 'closed');
  bridge.on('Request', ({ id, body }) => bridge.write({ kind: 'Reply', socket: 1, id, body }));
  for (const { id, body } of bridge.of('Request')) bridge.write({ kind: 'Reply', socket: 1, id, body });
  assert.deepEqual((await Promise.all([...inTurn, reply])).map(texts), [['a'], ['b'], ['c']]);
  assert.equal(await drained, 0);
  assert.equal(socket.closed, true);
});

test('a SUB disconnects, and the loop gets what has come', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB, {}, modern());
  await socket.subscribe('');
  bridge.write(...['a', 'b', 'c'].map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  await until(() => socket.readable);
  const got = [];
  let drained;
  for await (const [part] of socket) {
    got.push(String(part));
    drained ??= socket.drain();
    await sleep(3);
    assert.equal(socket.closed, false);
  }
  assert.deepEqual(got, ['a', 'b', 'c']);
  assert.equal(bridge.of('Disconnect').length, 1);
  assert.equal(await drained, 0);
});

test('with a bridge that cannot disconnect it is drained all the same', async (t) => {
  const { socket } = connected(t, zmq.PULL);
  await socket.ready();
  await socket.drain();
  assert.equal(socket.closed, true);
});

test('a REP answers what it was asked, and is asked nothing more', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP, {}, modern());
  await socket.ready();
  bridge.write({ kind: 'Request', socket: 1, id: 1, body: ['first'] }, { kind: 'Request', socket: 1, id: 2, body: ['second'] });
  await socket.receive();
  const drained = socket.drain();
  bridge.write({ kind: 'Request', socket: 1, id: 3, body: ['third'] });
  assert.equal((await bridge.want('Failed')).id, 3);
  await socket.send('one');
  assert.deepEqual(texts(await socket.receive()), ['second']);
  await socket.send('two');
  await drained;
  await bridge.want('Reply', 2);
  assert.deepEqual(bridge.of('Reply').map(({ id }) => id), [1, 2]);
});

test('what a PUSH has sent leaves', async (t) => {
  const { bridge, socket } = connected(t, zmq.PUSH, {}, modern());
  await socket.ready();
  for (let i = 0; i < 1200; i++) void socket.send(String(i));
  const drained = socket.drain();
  await sleep(5);
  assert.equal(socket.closed, false);
  bridge.write({ kind: 'Credit', socket: 1, messages: 2000, bytes: 1 << 20 });
  assert.equal(await drained, 0);
  assert.equal(bridge.of('Message').length, 1200);
});

test('one that is not done in time is closed, and tells so', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, modern());
  const request = failure(socket.request('x'));
  const why = await failure(socket.drain({ timeout: 10 }));
  assert.equal(why.code, 'timeout');
  assert.equal((await request).code, 'closed');
  assert.equal(socket.closed, true);
  const other = connected(t, zmq.REQ, {}, modern());
  void failure(other.socket.request('x'));
  assert.equal(await failure(other.socket.drain({ signal: AbortSignal.abort('no') })), 'no');
});

test('a context drains its sockets, and ends', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ, {}, modern());
  const pull = context.Socket(zmq.PULL);
  pull.connect(address);
  const reply = socket.request('x');
  const { id, body } = await bridge.want('Request');
  const drained = context.drain();
  await sleep(3);
  assert.equal(context.status().state, 'connected');
  bridge.write({ kind: 'Reply', socket: 1, id, body });
  assert.deepEqual(texts(await reply), ['x']);
  assert.equal(await drained, 0);
  assert.equal(await context.ended, undefined);
});

test('a context that is not drained in time ends all the same', async (t) => {
  const { context, socket } = connected(t, zmq.REQ, {}, modern());
  void failure(socket.request('x'));
  assert.equal((await failure(context.drain({ timeout: 10 }))).code, 'timeout');
  assert.equal(context.status().state, 'closed');
  await page(t).context.drain(); // one without sockets has nothing to do
});
