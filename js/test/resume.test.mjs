import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, until, zmq } from './support/page.mjs';

const keeping = (options) => new Bridge({ retain: 60_000, ...options });
const text = (body) => body.map((part) => Buffer.from(part).toString()).join('|');

/** Collects everything that a context and sockets report about connections. */
function notes(context, ...sockets) {
  const list = [];
  context.on('status', ({ state, code, resumed }) => list.push([state, code, resumed && 'resumed'].filter(Boolean).join(' ')));
  context.on('resumed', () => list.push('event resumed'));
  context.on('reset', ({ code }) => list.push(`event reset ${code}`));
  context.on('gap', ({ socket, missed, code }) => list.push(`context gap ${sockets.indexOf(socket)} ${missed} ${code}`));
  for (const socket of sockets) {
    for (const event of ['gap', 'error', 'up', 'down', 'closed']) socket.on(event, () => list.push(`socket ${event}`));
  }
  return list;
}

/** Waits until the page writes something, and loses it on its way. */
const lost = (bridge) => new Promise((resolve) => (bridge.connection.send = resolve));

test('a cut that is resumed looks as if nothing had happened', async (t) => {
  const { bridge, context, socket: sub } = connected(t, zmq.SUB, {}, keeping());
  const req = context.Socket(zmq.REQ);
  const push = context.Socket(zmq.PUSH);
  for (const socket of [req, push]) socket.connect('tcp://b:1');
  await Promise.all([sub, req, push].map((it) => it.ready()));
  const list = notes(context, sub, req, push);
  const got = [];
  sub.onmessage = (message) => got.push(message);
  const publish = (body) => bridge.session.write({ kind: 'Message', socket: 1, body: [body] });
  bridge.write({ kind: 'Credit', socket: 3, messages: 10, bytes: 100 });
  publish('1');
  await until(() => got.length === 1);

  const first = req.request('a');
  const asked = await bridge.want('Request');
  publish('2'); // these are lost on their way to the page
  bridge.write({ kind: 'Reply', socket: 2, id: asked.id, body: ['re a'] });
  const sent = lost(bridge);
  const second = req.request('b'); // and these on their way to the bridge
  push.send('x');
  await sent;
  bridge.connection.drop();
  assert.equal(context.status().state, 'reconnecting');
  publish('3');
  const third = req.request('c');
  push.send('y');
  for (const socket of [sub, req, push]) await socket.ready();
  assert.equal(context.status().state, 'reconnecting'); // so the promises did not wait for the next connection

  await bridge.want('Request', 3);
  assert.deepEqual(bridge.of('Request').map(({ body }) => text(body)), ['a', 'b', 'c']);
  for (const { id, body } of bridge.of('Request').slice(1)) {
    bridge.write({ kind: 'Reply', socket: 2, id, body: [`re ${text(body)}`] });
  }
  publish('4');
  assert.deepEqual((await Promise.all([first, second, third])).map(String), ['re a', 're b', 're c']);
  await until(() => got.length === 4);
  await bridge.want('Message', 2);
  assert.deepEqual(got, ['1', '2', '3', '4']);
  assert.deepEqual(bridge.of('Message').map(({ body }) => text(body)), ['x', 'y']);
  assert.equal(bridge.of('Open').length, 3);
  assert.equal(bridge.of('Subscribe').length, 1);
  assert.deepEqual(list, ['reconnecting lost', 'connected resumed', 'event resumed']);
  assert.deepEqual(context.status(), { state: 'connected', resumed: true });
});

test('cuts at any moment lose, double and reorder nothing', async (t) => {
  const bridge = keeping().on('Request', ({ socket, id, body }) => bridge.session.write({ kind: 'Reply', socket, id, body }));
  const { context, socket: sub } = connected(t, zmq.SUB, {}, bridge);
  const req = context.Socket(zmq.REQ);
  req.connect('tcp://b:1');
  await Promise.all([sub.ready(), req.ready()]);
  const list = notes(context, sub, req);
  const got = [];
  sub.onmessage = (message) => got.push(Number(message));
  const total = 3000;
  const replies = [];
  for (let i = 0; i < total; i++) {
    bridge.session.write({ kind: 'Message', socket: 1, body: [`${i}`] });
    if (i % 10 === 0) replies.push(req.request(`${i}`));
    if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve)); // some turns deliver, others do not
    if (i % 70 === 69) bridge.connection.drop();
  }
  assert.deepEqual((await Promise.all(replies)).map(Number), Array.from({ length: total / 10 }, (_, i) => 10 * i));
  await until(() => got.length === total);
  assert.deepEqual(got, [...got.keys()]);
  assert.equal(bridge.of('Request').length, total / 10);
  assert.ok(bridge.connections.length > 5);
  assert.deepEqual(list.filter((line) => !/^(reconnecting lost|connected resumed|event resumed)$/.test(line)), []);
});

test('a token is presented once, to go on', async (t) => {
  const { bridge, context } = page(t, {}, keeping());
  for (let i = 0; i < 3; i++) {
    const welcomed = new Promise((resolve) => context.on('status', ({ state }) => state === 'connected' && resolve()));
    await welcomed;
    await bridge.want('Ack', i + 1); // it tells that the next token has arrived
    bridge.connection.drop();
  }
  await context.ready();
  const tokens = bridge.of('Hello').map(({ name }) => Buffer.from(name).toString());
  assert.equal(tokens[0], '');
  assert.equal(new Set(tokens).size, tokens.length);
});

test('where the session is gone, requests fail, idempotent ones are sent again, and there is a gap', async (t) => {
  const { bridge, context, socket: sub } = connected(t, zmq.SUB, {}, keeping());
  sub.subscribe('a');
  const req = context.Socket(zmq.REQ);
  req.connect('tcp://b:1');
  await Promise.all([sub.ready(), req.ready()]);
  const list = notes(context, sub, req);
  const once = failure(req.request('once'));
  const again = req.request('again', { idempotent: true });
  await bridge.want('Request', 2);
  bridge.forget();
  bridge.connection.drop();
  const why = await once;
  assert.deepEqual([why.code, why.remote], ['lost', false]);
  const { id, body, flags } = await bridge.want('Request', 3);
  assert.deepEqual([text(body), flags], ['again', 1]);
  bridge.write({ kind: 'Reply', socket: 2, id, body: ['done'] });
  assert.deepEqual((await again).map(String), ['done']);
  await Promise.all([sub.ready(), req.ready()]);
  assert.deepEqual(list, [
    'reconnecting lost',
    'event reset lost',
    'context gap 0 0 lost',
    'socket gap',
    'connected',
    'socket up',
    'socket up',
  ]);
  assert.equal(bridge.of('Open').length, 4);
  assert.equal(bridge.of('Subscribe').length, 2);
  assert.deepEqual(context.status(), { state: 'connected' });
});

for (const idempotent of [false, true]) {
  test(`what a PUSH has sent and may be lost with its session is ${idempotent ? 'sent again' : 'a gap with its number'}`, async (t) => {
    const { bridge, context } = page(t, {}, keeping({ flags: 32 }));
    const push = context.Socket(zmq.PUSH, { idempotent });
    push.connect('tcp://b:1');
    await push.ready();
    const told = [];
    push.on('gap', ({ missed, code }) => told.push(`gap ${missed} ${code}`));
    push.on('recovered', ({ messages }) => told.push(`recovered ${messages}`));
    bridge.write({ kind: 'Credit', socket: 1, messages: 10, bytes: 100 });
    for (const text of ['1', '2', '3', '4']) push.send(text);
    await bridge.want('Message', 4);
    bridge.write({ kind: 'Left', socket: 1, id: 2, messages: 1 }, { kind: 'Left', socket: 1, id: 4, messages: 1 });
    await new Promise((resolve) => setTimeout(resolve, 10));
    bridge.forget();
    bridge.connection.drop();
    await bridge.want('Open', 2);
    await push.ready();
    push.send('5');
    bridge.write({ kind: 'Credit', socket: 1, messages: 10, bytes: 100 });
    await bridge.want('Message', idempotent ? 7 : 5);
    assert.deepEqual(told, [idempotent ? 'recovered 2' : 'gap 2 lost']);
    const again = bridge.of('Message').slice(4).map(({ body }) => text(body));
    assert.deepEqual(again, idempotent ? ['1', '3', '5'] : ['5']);
  });
}

test('a session that is another user\'s is not resumed, and says so', async (t) => {
  const { bridge, context } = page(t, {}, keeping());
  await context.ready();
  bridge.on('Hello', (_frame, it) => it.write({ kind: 'Welcome', version: 1, limit: 1 << 24, code: 3 }));
  const reset = new Promise((resolve) => context.on('reset', resolve));
  bridge.connection.drop();
  const { code, reason } = await reset;
  assert.deepEqual([code, reason], ['denied', 'the session belongs to another user']);
});

test('a bridge that stays away for longer than it keeps sessions has forgotten this one', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ, {}, keeping({ retain: 30 }));
  await socket.ready();
  const request = failure(socket.request('x'));
  await bridge.want('Request');
  bridge.on('Hello', () => {});
  const reset = new Promise((resolve) => context.on('reset', resolve));
  bridge.connection.drop();
  assert.equal((await reset).code, 'lost');
  assert.equal((await request).code, 'lost');
});

test('what is aborted while there is no connection is canceled on the next', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ, {}, keeping());
  const abort = new AbortController();
  const request = failure(socket.request('x', { signal: abort.signal }));
  const { id } = await bridge.want('Request');
  bridge.connection.drop();
  abort.abort('enough');
  assert.equal(await request, 'enough');
  assert.equal((await bridge.want('Cancel')).id, id);
});

test('what was consumed while there was no connection is granted on the next', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB, {}, keeping());
  await socket.ready();
  let got = 0;
  socket.on('message', () => {
    if (++got === 1) bridge.connection.drop();
  });
  bridge.write(...Array.from({ length: 600 }, () => ({ kind: 'Message', socket: 1, body: ['x'] })));
  assert.equal((await bridge.want('Credit')).messages, 600);
  assert.equal(got, 600);
});

test('a refused subscription is asked for again, where the session is gone', async (t) => {
  let allowed = false;
  const bridge = keeping();
  bridge.on('Subscribe', ({ socket, id }) =>
    bridge.write(
      allowed ? { kind: 'Subscribed', socket, id } : { kind: 'Unsubscribed', socket, id, code: 3, text: 'not yet' },
    ),
  );
  const { socket } = connected(t, zmq.SUB, {}, bridge);
  socket.on('error', () => {});
  assert.equal((await failure(socket.subscribe('a'))).code, 'denied');
  allowed = true;
  bridge.connection.drop(); // the session is resumed, so the answer of the bridge still counts
  await bridge.want('Hello', 2);
  assert.equal((await failure(socket.ready())).code, 'denied');
  bridge.forget();
  bridge.connection.drop();
  await bridge.want('Subscribe', 2);
  await socket.ready();
  assert.deepEqual(bridge.of('Subscribe').map(({ name }) => Buffer.from(name).toString()), ['a', 'a']);
});

test('listeners that throw are reported, and break nothing', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.SUB, {}, keeping());
  const reported = [];
  t.mock.method(console, 'error', (what) => reported.push(what.message));
  const bad = (name) => () => {
    throw new Error(name);
  };
  for (const name of ['status', 'resumed', 'reset', 'gap']) context.on(name, bad(name));
  for (const name of ['gap', 'up']) socket.on(name, bad(`socket ${name}`));
  await socket.ready();
  bridge.connection.drop();
  await bridge.want('Hello', 2);
  await context.ready();
  bridge.forget();
  bridge.connection.drop();
  await bridge.want('Open', 2);
  await socket.ready();
  bridge.write({ kind: 'Message', socket: 1, body: ['x'] });
  assert.equal(String(await socket.receive()), 'x');
  const expected = ['status', 'socket up', 'status', 'status', 'resumed', 'status', 'reset', 'gap', 'socket gap', 'status', 'socket up'];
  assert.deepEqual(reported, expected);
});
