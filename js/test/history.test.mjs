import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, texts, until, zmq } from './support/page.mjs';

const publication = (offset, text, id = 1) => ({ kind: 'Publication', socket: 1, id, offset, body: [text] });
const position = (offset, name = 'epoch', more = {}) => ({ kind: 'Position', socket: 1, id: 1, offset, name, ...more });

test('there is no position where the bridge keeps no history', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.SUB);
  await socket.ready();
  bridge.write({ kind: 'Message', socket: 1, body: ['x'] });
  await socket.receive();
  assert.equal(socket.position(), undefined);
  assert.equal(socket.position('tcp://other:1'), undefined);
  assert.equal(context.Socket(zmq.SUB).position(), undefined);
});

test('the position is that of the last message the page was handed', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.ready();
  bridge.write(position(7));
  await until(() => socket.position() !== undefined);
  const before = socket.position();
  bridge.write(publication(8, 'a'), publication(9, 'b'), position(0, 'anew'), publication(1, 'c'));
  const seen = [];
  for await (const [text] of socket) {
    seen.push([`${text}`, socket.position()]);
    if (seen.length === 3) break;
  }
  assert.deepEqual(JSON.parse(JSON.stringify([before, ...seen])), [
    '7@epoch',
    ['a', '8@epoch'],
    ['b', '9@epoch'],
    ['c', '1@anew'],
  ]);
});

test('a handler sees the position of the message it got', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  const seen = [];
  socket.onmessage = (text) => seen.push(`${text} ${socket.position()}`);
  await socket.ready();
  bridge.write(position(0), publication(1, 'a'), publication(2, 'b'));
  await until(() => seen.length === 2);
  assert.deepEqual(seen, ['a 1@epoch', 'b 2@epoch']);
});

test('each endpoint has its own', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  socket.connect('tcp://second:1');
  await socket.ready();
  bridge.write(position(1), { ...position(5, 'other'), id: 2 }, publication(6, 'x', 2));
  await socket.receive();
  const at = ['tcp://backend.test:1', 'tcp://second:1', undefined].map((address) => socket.position(address));
  assert.deepEqual(at, ['1@epoch', '6@other', '1@epoch']);
});

test('who says where it was gets what it missed, marked', async (t) => {
  const { bridge, context } = page(t);
  bridge.on('Recover', () => bridge.write(position(7, 'epoch', { flags: 1, messages: 2 }), ...missed));
  const missed = [publication(8, 'a'), publication(9, 'b'), publication(10, 'new')];
  const socket = context.Socket(zmq.SUB);
  const seen = [];
  socket.on('recovered', ({ messages }) => seen.push(messages));
  socket.subscribe('a');
  socket.connect('tcp://a:1', { user: 'hugo' }, { since: '7@epoch' });
  await socket.ready();
  const kinds = bridge.frames.map(({ kind }) => kind);
  assert.deepEqual(kinds.slice(1), ['Open', 'Subscribe', 'Recover']);
  const [{ flags, params }, { id, offset, name }] = [bridge.of('Open')[0], bridge.of('Recover')[0]];
  assert.deepEqual([flags, JSON.parse(params)], [2, { user: 'hugo' }]);
  assert.deepEqual([id, offset, Buffer.from(name).toString()], [1, 7, 'epoch']);
  for await (const message of socket) {
    seen.push([`${message[0]}`, message.recovered, Object.keys(message)]);
    if (seen.length === 4) break;
  }
  assert.deepEqual(seen, [2, ['a', true, ['0']], ['b', true, ['0']], ['new', undefined, ['0']]]);
});

test('what the bridge has no more is a gap', async (t) => {
  const { bridge, context } = page(t);
  bridge.on('Recover', () => bridge.write({ kind: 'Gap', socket: 1, messages: 3, code: 11 }, position(10)));
  const socket = context.Socket(zmq.SUB);
  const gap = new Promise((resolve) => socket.on('gap', resolve));
  socket.connect('tcp://a:1', undefined, { since: '7@epoch' });
  socket.subscribe('a');
  assert.deepEqual(await gap, { missed: 3, code: 'lost' });
  await until(() => socket.position() === '10@epoch');
});

test('after a reset the bridge is told where the socket was', async (t) => {
  const bridge = new Bridge({ retain: 60_000 });
  const { socket } = connected(t, zmq.SUB, {}, bridge);
  await socket.subscribe('');
  await socket.ready();
  socket.on('gap', () => assert.fail('the bridge would say so'));
  bridge.write(position(0), publication(1, 'a'));
  assert.deepEqual(texts(await socket.receive()), ['a']);
  bridge.on('Recover', () => bridge.write(position(1, 'epoch', { flags: 1, messages: 1 }), publication(2, 'b')));
  bridge.forget();
  bridge.connection.drop();
  const message = await socket.receive();
  assert.deepEqual([texts(message), message.recovered], [['b'], true]);
  assert.equal(socket.position(), '2@epoch');
});

test('what is no position is invalid', async (t) => {
  const { context } = page(t);
  const connect = (type, since) => {
    const socket = context.Socket(type).on('error', () => {});
    return failure(socket.connect('tcp://a:1', undefined, { since }));
  };
  for (const since of ['', '7', '@e', '-1@e', '7@', 'x@e', '99999999999999999@e', 7, {}]) {
    assert.equal((await connect(zmq.SUB, since)).code, 'invalid', String(since));
  }
  assert.match((await connect(zmq.REQ, '7@e')).message, /REQ/);
});
