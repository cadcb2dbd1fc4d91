import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { connected, failure, page, until, zmq } from './support/page.mjs';

const asked = (bridge) =>
  bridge.of('Subscribe').map(({ flags, millis, name }) => `${Buffer.from(name)} ${flags} ${millis}`);

test('policies are those of core/overflow.go, in its order', async (t) => {
  const source = readFileSync(new URL('../../core/overflow.go', import.meta.url), 'utf8');
  const names = [...source.match(/overflowNames = .*/)[0].matchAll(/"(.*?)"/g)].map(([, name]) => name);
  const { bridge, socket } = connected(t, zmq.SUB);
  for (const overflow of names.slice(1)) await socket.subscribe(overflow, { overflow });
  assert.deepEqual(asked(bridge), names.slice(1).map((name, i) => `${name} ${i + 1} 0`));
});

test('options come behind the prefixes they are for', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  socket.subscribe('a', new Uint8Array([98]), { overflow: 'conflate', rate: 20 });
  socket.subscribe('c');
  socket.subscribe('', { rate: 30 });
  socket.subscribe({ rate: 40 }); // to nothing
  socket.subscribe('d', {});
  await socket.ready();
  assert.deepEqual(asked(bridge), ['a 3 50', 'b 3 50', 'c 0 0', ' 0 34', 'd 0 0']);
});

test('options of the socket are those of its subscriptions, but for what they say themselves', async (t) => {
  const { bridge, context } = page(t);
  const options = { overflow: 'drop-oldest', rate: 10 };
  const all = context.Socket(zmq.SUB, options);
  const some = context.Socket(zmq.SUB, options);
  for (const socket of [all, some]) socket.connect('tcp://a:1');
  all.subscribe('');
  some.subscribe('a');
  some.subscribe('b', { rate: 1000 });
  some.subscribe('c', { overflow: 'close' });
  await Promise.all([all.ready(), some.ready()]);
  assert.deepEqual(asked(bridge).sort(), [' 2 100', 'a 2 100', 'b 2 1', 'c 4 100']);
});

test('they hold when everything is subscribed again', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.subscribe('a', { overflow: 'conflate', rate: 1 });
  bridge.connection.drop();
  await bridge.want('Subscribe', 2);
  assert.deepEqual(asked(bridge), ['a 3 1000', 'a 3 1000']);
});

test('what they cannot be is invalid, and says what they can', async (t) => {
  const { context, socket } = connected(t, zmq.SUB);
  const wrong = [
    [{ overflow: 'newest' }, /drop-newest, drop-oldest, conflate, close/],
    [{ overflow: 3 }, /drop-newest/],
    ...[0, -1, NaN, Infinity, 1001, '20', 1e-9].map((rate) => [{ rate }, /messages per second/]),
  ];
  for (const [options, message] of wrong) {
    const why = await failure(socket.subscribe('a', options));
    assert.equal(why.code, 'invalid');
    assert.match(why.message, message);
    assert.throws(() => context.Socket(zmq.SUB, options), { code: 'invalid', message });
  }
  assert.match((await failure(socket.subscribe('a', { overflw: 'close' }))).message, /no overflw/);
  assert.throws(() => context.Socket(zmq.REQ, { rate: 20 }), { code: 'invalid', message: /REQ/ });
  context.Socket(zmq.XSUB, { rate: 20 });
});

test('what was conflated as asked is no gap', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.SUB, {});
  const got = [];
  socket.on('conflated', (what) => got.push(what));
  for (const it of [socket, context]) it.on('gap', () => assert.fail('it is no gap'));
  await socket.ready();
  bridge.write({ kind: 'Gap', socket: 1, id: 1, messages: 7, code: 0 });
  await until(() => got.length > 0);
  assert.deepEqual(got, [{ missed: 7 }]);
});

test('a gap is told between the messages it is between, however slow the page is', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.SUB);
  await socket.ready();
  const got = [];
  context.on('gap', ({ missed }) => got.push(`context ${missed}`));
  socket.on('gap', ({ missed }) => got.push(missed));
  socket.on('conflated', ({ missed }) => got.push(-missed));
  const message = (text) => ({ kind: 'Message', socket: 1, body: [text] });
  const gap = (messages, code) => ({ kind: 'Gap', socket: 1, messages, code });
  bridge.write(message('a'), gap(1, 8), message('b'), gap(2, 0), gap(3, 11), message('c'));
  for await (const [text] of socket) {
    got.push(`${text}`);
    await new Promise((resolve) => setImmediate(resolve));
    if (`${text}` === 'c') break;
  }
  assert.deepEqual(got, ['a', 'context 1', 1, 'b', -2, 'context 3', 3, 'c']);
});
