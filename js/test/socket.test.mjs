import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, logged, page, sleep, until, zmq } from './support/page.mjs';

const refusing = (code = 3, text = 'not allowed') =>
  new Bridge().on('Open', ({ socket, id }, bridge) => bridge.write({ kind: 'Refused', socket, id, code, text }));

test('a socket is made with and without new, of known types only', (t) => {
  const { context } = page(t);
  for (const socket of [context.Socket(zmq.REQ), new context.Socket(zmq.REQ)]) {
    assert.ok(socket instanceof zmq.Socket);
    assert.match(socket.identity, /^[0-9a-f]{32}$/);
  }
  for (const type of [11, -1, 'REQ', undefined]) assert.throws(() => context.Socket(type), { code: 'invalid' });
});

test('connect is fulfilled when the endpoint is live', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  await socket.connect('tcp://b:1');
  await socket.ready();
  assert.equal(bridge.of('Open').length, 2);
});

test('a refused connect rejects, and everything sent with it', async (t) => {
  const { context } = page(t, {}, refusing());
  const socket = context.Socket(zmq.REQ);
  socket.on('error', () => {});
  const connect = failure(socket.connect('tcp://a:1'));
  const early = failure(socket.request('early'));
  const queued = failure(socket.send('queued'));
  const called = new Promise((resolve) => socket.send('called', (...args) => resolve(args)));
  const why = await connect;
  assert.deepEqual([why.code, why.message, why.remote], ['denied', 'not allowed', true]);
  for (const it of [early, queued, failure(socket.request('late')), failure(socket.ready())]) {
    assert.equal((await it).code, 'denied');
  }
  const [text, error] = await called;
  assert.deepEqual([text, error.code], [undefined, 'denied']);
});

test('a refusal that nobody looks at is a warning, once, and no unhandled rejection', async (t) => {
  const unhandled = [];
  const note = (why) => unhandled.push(why);
  process.on('unhandledRejection', note);
  const lines = await logged('warn', async () => {
    const { bridge, context } = page(t, {}, refusing());
    const socket = context.Socket(zmq.REQ);
    socket.connect('tcp://a:1', {});
    socket.connect('tcp://a:2', {});
    socket.send('x');
    await bridge.want('Open', 2);
    await failure(socket.ready());
    await sleep(1);
  });
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, []);
  assert.deepEqual(lines, ['zmq: denied: not allowed']);
});

test('a refusal that somebody looks at is no warning', async (t) => {
  const events = [];
  const lines = await logged('warn', async () => {
    const { context } = page(t, {}, refusing());
    const listening = context.Socket(zmq.REQ).on('error', (why) => events.push(why.code));
    listening.connect('tcp://a:1');
    await failure(context.Socket(zmq.REQ).connect('tcp://a:1'));
    await sleep(1);
  });
  assert.deepEqual(lines, []);
  assert.deepEqual(events, ['denied']);
});

test('parameters that are no JSON are refused here', async (t) => {
  const { context } = page(t);
  const loop = {};
  loop.loop = loop;
  const socket = context.Socket(zmq.REQ).on('error', () => {});
  assert.equal((await failure(socket.connect('tcp://a:1', loop))).code, 'invalid');
});

test('ready rejects when the backend is reported down, and can be waited for again', async (t) => {
  const bridge = new Bridge().on('Open', ({ socket, id }, it) =>
    it.write({ kind: 'State', socket, id, code: 5, text: 'connection refused' }),
  );
  const { context } = page(t, {}, bridge);
  const socket = context.Socket(zmq.REQ);
  const events = [];
  socket.on('down', (address, why) => events.push(`down ${address} ${why.code}`));
  socket.on('up', (address) => events.push(`up ${address}`));
  const connect = failure(socket.connect('tcp://a:1'));
  assert.equal((await failure(socket.ready())).code, 'unavailable');
  assert.equal((await connect).code, 'unavailable');
  const late = await failure(socket.ready({ timeout: 20 }));
  assert.equal(late.code, 'timeout');
  assert.match(late.message, /connection refused/);
  const again = socket.ready();
  bridge.write({ kind: 'Opened', socket: 1, id: 1 });
  await again;
  bridge.write({ kind: 'State', socket: 1, id: 1, code: 5, text: 'gone' }, { kind: 'State', socket: 1, id: 1 });
  await until(() => events.length === 4);
  await socket.ready();
  const address = 'tcp://a:1';
  assert.deepEqual(events, [
    `down ${address} unavailable`,
    `up ${address}`,
    `down ${address} unavailable`,
    `up ${address}`,
  ]);
});

test('ready of a socket that is connected to nothing is a mistake', async (t) => {
  const { context } = page(t);
  assert.equal((await failure(context.Socket(zmq.REQ).ready())).code, 'invalid');
});

test('ready can be aborted', async (t) => {
  const bridge = new Bridge().on('Open', () => {});
  const { socket } = connected(t, zmq.REQ, {}, bridge);
  const abort = new AbortController();
  const ready = failure(socket.ready({ signal: abort.signal }));
  abort.abort('enough');
  assert.equal(await ready, 'enough');
});

test('connect does not wait for ever', async (t) => {
  const bridge = new Bridge().on('Open', () => {});
  const { context } = page(t, { requestTimeout: 20 }, bridge);
  assert.equal((await failure(context.Socket(zmq.REQ).connect('tcp://a:1'))).code, 'timeout');
});

test('closing a socket rejects what it waits for, and tells the bridge', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  await socket.ready();
  const closed = [];
  socket.on('closed', (why) => closed.push(why));
  const waiting = [socket.request('a'), socket.send('b'), socket.send('c')].map(failure);
  socket.close();
  for (const why of await Promise.all(waiting)) assert.equal(why.code, 'closed');
  for (const it of [socket.request('x'), socket.send('x'), socket.ready(), socket.connect('tcp://b:1')]) {
    assert.equal((await failure(it)).code, 'closed');
  }
  await bridge.want('Close');
  socket.close();
  assert.deepEqual(closed, [undefined]);
  assert.equal(socket.closed, true);
});

test('a socket that the bridge closes says why', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.ready();
  const next = failure(socket.receive());
  const closed = new Promise((resolve) => socket.on('closed', resolve));
  bridge.write({ kind: 'Closed', socket: 1, code: 8, text: 'too slow' });
  assert.deepEqual([(await next).code, (await closed).message], ['busy', 'too slow']);
});

test('types the bridge does not offer are refused by it', async (t) => {
  const { bridge, context } = page(t, {}, refusing(4, 'no PUSH here'));
  const socket = context.Socket(zmq.PUSH).on('error', () => {});
  assert.equal((await failure(socket.connect('tcp://a:1'))).code, 'unsupported');
  assert.equal((await failure(socket.send('x'))).code, 'unsupported');
  assert.equal(bridge.of('Message').length, 0);
});

test('a PUSH socket sends what it has credit for', async (t) => {
  const { bridge, socket } = connected(t, zmq.PUSH);
  assert.deepEqual(await socket.send(['a', 'b']), []);
  socket.send('c');
  await socket.ready();
  assert.equal(bridge.of('Message').length, 0);
  bridge.write({ kind: 'Credit', socket: 1, messages: 1, bytes: 100 });
  const { body } = await bridge.want('Message');
  assert.deepEqual(body.map((part) => Buffer.from(part).toString()), ['a', 'b']);
  await sleep(10);
  assert.equal(bridge.of('Message').length, 1);
});

test('what a PUSH socket has no room for waits its turn', async (t) => {
  const { bridge, socket } = connected(t, zmq.PUSH);
  await socket.ready();
  const order = [];
  const send = (i) => socket.send(`${i}`).then(() => order.push(i));
  const all = Array.from({ length: 1005 }, (_, i) => send(i));
  await Promise.all(all.slice(0, 1000));
  await sleep(10);
  assert.equal(order.length, 1000);
  bridge.write({ kind: 'Credit', socket: 1, messages: 1003, bytes: 1 << 20 });
  await Promise.all(all);
  bridge.write({ kind: 'Credit', socket: 1, messages: 1003, bytes: 1 << 20 });
  await bridge.want('Message', 1005);
  assert.deepEqual(order, [...order.keys()]);
  assert.deepEqual(bridge.of('Message').map(({ body }) => Number(Buffer.from(body[0]))), [...order.keys()]);
});

test('what waits to be sent rejects when the socket is closed', async (t) => {
  const { socket } = connected(t, zmq.PUSH);
  await socket.ready();
  const all = Array.from({ length: 1001 }, () => socket.send('x'));
  await all[999];
  socket.close();
  assert.equal((await failure(all[1000])).code, 'closed');
});

const opens = (bridge) => bridge.of('Open').map(({ text }) => Buffer.from(text).toString());

for (const [type, times] of [['REQ', 1], ['SUB', 1], ['PUB', 1], ['DEALER', 1], ['PUSH', 2], ['ROUTER', 2], ['XSUB', 2]]) {
  test(`a ${type} that connects to an address twice has ${times} of it`, async (t) => {
    const { bridge, context } = page(t);
    const socket = context.Socket(zmq[type]);
    const both = [socket.connect('tcp://a:1'), socket.connect('tcp://a:1')];
    await Promise.all([...both, socket.connect('tcp://b:1')]);
    await socket.connect('tcp://a:1');
    const repeated = type === 'PUSH' || type === 'ROUTER' || type === 'XSUB' ? ['tcp://a:1'] : [];
    assert.deepEqual(opens(bridge), ['tcp://a:1', ...repeated, 'tcp://b:1', ...repeated]);
  });
}

test('to connect again with other params, or after a refusal, is another question', async (t) => {
  const { bridge, context } = page(t);
  const socket = context.Socket(zmq.SUB);
  socket.on('error', () => {});
  bridge.on('Open', ({ id }) => bridge.write({ kind: 'Refused', socket: 1, id, code: 3, text: 'no' }));
  assert.equal((await failure(socket.connect('tcp://a:1', { key: 1 }))).code, 'denied');
  assert.equal((await failure(socket.connect('tcp://a:1', { key: 2 }))).code, 'denied');
  assert.equal((await failure(socket.connect('tcp://a:1', { key: 2 }))).code, 'denied');
  assert.equal(opens(bridge).length, 3);
  const cyclic = {};
  cyclic.self = cyclic;
  assert.equal((await failure(socket.connect('tcp://a:1', cyclic))).code, 'invalid');
});
