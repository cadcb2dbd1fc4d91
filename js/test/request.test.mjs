import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, sleep, texts, until, zmq } from './support/page.mjs';

/** A bridge that answers every request with the request itself. */
const echo = () =>
  new Bridge().on('Request', ({ socket, id, body }, bridge) => bridge.write({ kind: 'Reply', socket, id, body }));

test('a request has the parts of its reply', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  const reply = await socket.request(['a', '', new Uint8Array([0, 255]), 'ünï 🎉', null, 5]);
  assert.ok(Array.isArray(reply));
  const [a, empty, bytes, text, none, number] = reply;
  assert.equal(String(a), 'a');
  assert.equal(empty.length, 0);
  assert.deepEqual([...bytes], [0, 255]);
  assert.equal(`${text}`, 'ünï 🎉');
  assert.equal(none.length, 0);
  assert.equal(String(number), '5');
});

test('every kind of bytes is sent as it is', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  const bytes = new Uint8Array([1, 2, 3, 4]);
  for (const part of [bytes, bytes.buffer, new DataView(bytes.buffer, 1, 2), new Uint16Array(bytes.buffer)]) {
    const view = new Uint8Array(part.buffer ?? part, part.byteOffset ?? 0, part.byteLength);
    assert.deepEqual([...(await socket.request(part))[0]], [...view]);
  }
});

test('a message of any size comes back', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  for (const size of [0, 1, 65_535, 65_536, 200_000, 3 << 20]) {
    const [text] = await socket.request('ö'.repeat(size / 2));
    assert.equal(text.length, 2 * Math.floor(size / 2));
    const [bytes] = await socket.request(new Uint8Array(size).fill(7));
    assert.equal(bytes.length, size);
  }
});

test('what is no message is refused, with advice', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  for (const message of [{ a: 1 }, undefined, true, [[1]], () => {}]) {
    assert.equal((await failure(socket.request(message))).code, 'invalid');
    assert.equal((await failure(socket.send(message))).code, 'invalid');
  }
  assert.match((await failure(socket.request({}))).message, /JSON\.stringify/);
  assert.equal((await failure(socket.request([]))).code, 'invalid');
});

test('requests are pipelined, and matched by number', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  const replies = Promise.all(['a', 'b', 'c'].map((text) => socket.request(text)));
  await bridge.want('Request', 3);
  for (const { id, body } of bridge.of('Request').reverse()) bridge.write({ kind: 'Reply', socket: 1, id, body });
  assert.deepEqual((await replies).map(String), ['a', 'b', 'c']);
});

test('all that is sent in one turn is one WebSocket message', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ, {}, echo());
  await socket.ready();
  const before = bridge.batches;
  await Promise.all(Array.from({ length: 100 }, (_, i) => socket.request(i)));
  assert.equal(bridge.batches - before, 1);
});

test('calls made before anything is there are made in order', async (t) => {
  const { bridge, context } = page(t);
  const one = context.Socket(zmq.REQ);
  const two = context.Socket(zmq.SUB);
  one.connect('tcp://a:1', { user: 'hugo' });
  two.connect('tcp://b:2');
  two.subscribe('x', 'y');
  const bytes = new Uint8Array([1]);
  one.request(['first', bytes]).catch(() => {});
  bytes[0] = 2; // the message stays what it was when it was sent
  one.request('second').catch(() => {});
  await bridge.want('Request', 2);
  const order = bridge.frames.map(({ kind, socket, text }) => [kind, socket, text].filter(Boolean).join(' '));
  assert.deepEqual(order.slice(0, 2), ['Hello zmq-web-bridge js', 'Open 1 tcp://a:1']);
  assert.deepEqual(order.filter((it) => it.startsWith('Open')), ['Open 1 tcp://a:1', 'Open 2 tcp://b:2']);
  assert.deepEqual(bridge.of('Request').map(({ body }) => body.map((part) => [...part])), [
    [[...Buffer.from('first')], [1]],
    [[...Buffer.from('second')]],
  ]);
  assert.deepEqual(bridge.of('Subscribe').map(({ name }) => String.fromCharCode(...name)), ['x', 'y']);
  assert.deepEqual(JSON.parse(bridge.of('Open')[0].params), { user: 'hugo' });
});

test('send keeps lock step, with callbacks in order', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  const got = [];
  for (const text of ['a', 'b', 'c']) socket.send(text, (reply) => got.push(reply));
  await bridge.want('Request', 1);
  await sleep(20);
  assert.equal(bridge.of('Request').length, 1);
  for (let i = 1; i <= 3; i++) {
    const { id, body } = await bridge.want('Request', i);
    bridge.write({ kind: 'Reply', socket: 1, id, body: ['envelope', `re ${Buffer.from(body[0])}`] });
  }
  await until(() => got.length === 3);
  assert.deepEqual(got, ['re a', 're b', 're c']);
});

test('send without a callback has the parts', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  assert.deepEqual(texts(await socket.send(['a', 'b'])), ['a', 'b']);
});

test('a callback gets undefined and the error', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  bridge.on('Request', ({ id }) => bridge.write({ kind: 'Failed', socket: 1, id, code: 5, text: 'nobody there' }));
  const got = await new Promise((resolve) => socket.send('x', (...args) => resolve(args)));
  assert.equal(got[0], undefined);
  assert.ok(got[1] instanceof zmq.ZmqError);
  assert.deepEqual([got[1].code, got[1].message, got[1].remote], ['unavailable', 'nobody there', true]);
});

test('a callback that throws is reported, and the next one called', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, echo());
  const reported = [];
  t.mock.method(console, 'error', (what) => reported.push(what.message));
  socket.send('a', () => {
    throw new Error('mine');
  });
  await new Promise((resolve) => socket.send('b', resolve));
  assert.deepEqual(reported, ['mine']);
});

test('a request times out, is canceled, and its late reply dropped', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  await socket.ready();
  const why = await failure(socket.request('x', { timeout: 30 }));
  assert.deepEqual([why.code, why.remote], ['timeout', false]);
  const { id } = await bridge.want('Cancel');
  bridge.write({ kind: 'Reply', socket: 1, id, body: ['late'] });
  const next = socket.request('y');
  const { id: second } = await bridge.want('Request', 2);
  bridge.write({ kind: 'Reply', socket: 1, id: second, body: ['y'] });
  assert.deepEqual(texts(await next), ['y']);
});

test('the timeout counts from the call, and is told to the bridge', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ, { requestTimeout: 4000 });
  await socket.ready();
  socket.request('a').catch(() => {});
  socket.request('b', { timeout: 50 }).catch(() => {});
  await bridge.want('Request', 2);
  const [a, b] = bridge.of('Request').map(({ millis }) => millis);
  assert.ok(a > 3000 && a <= 4000, `${a}`);
  assert.ok(b > 0 && b <= 50, `${b}`);
  for (const timeout of [0, -1, NaN]) assert.equal((await failure(socket.request('x', { timeout }))).code, 'invalid');
});

test('aborting rejects with the reason and cancels at the bridge', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  const abort = new AbortController();
  const reply = failure(socket.request('x', { signal: abort.signal }));
  const { id } = await bridge.want('Request');
  const reason = new Error('enough');
  abort.abort(reason);
  assert.equal(await reply, reason);
  assert.equal((await bridge.want('Cancel')).id, id);
  assert.equal(await failure(socket.request('y', { signal: abort.signal })), reason);
  assert.equal(bridge.of('Request').length, 1);
});

test('aborting before the request was sent sends nothing', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  const abort = new AbortController();
  const reply = failure(socket.request('x', { signal: abort.signal }));
  abort.abort(new Error('enough'));
  assert.equal((await reply).message, 'enough');
  await socket.ready();
  assert.equal(bridge.of('Request').length, 0);
});

test('idempotent is told to the bridge', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  socket.request('x', { idempotent: true }).catch(() => {});
  assert.equal((await bridge.want('Request')).flags, 1);
});

test('more than the WebSocket can take is busy', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ, {}, echo());
  await socket.ready();
  bridge.connection.bufferedAmount = 17 << 20;
  assert.equal((await failure(socket.request('x'))).code, 'busy');
  bridge.connection.bufferedAmount = 0;
  assert.deepEqual(texts(await socket.request('x')), ['x']);
});

test('other types do not request', async (t) => {
  const { socket } = connected(t, zmq.SUB);
  assert.equal((await failure(socket.request('x'))).code, 'invalid');
  assert.equal((await failure(socket.send('x'))).code, 'invalid');
});
