import assert from 'node:assert/strict';
import test from 'node:test';
import { connected, failure, page, sleep, texts, until, zmq } from './support/page.mjs';

const prefixes = (bridge) => bridge.of('Subscribe').map(({ name }) => Buffer.from(name).toString());
const publish = (bridge, ...messages) =>
  bridge.write(...messages.map((body) => ({ kind: 'Message', socket: 1, body })));

test('a socket that subscribed to nothing gets nothing', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  socket.on('message', () => {});
  await socket.subscribe(...[]); // a list that is empty today
  await socket.ready();
  await socket.subscribe('a');
  socket.unsubscribe();
  await socket.ready();
  assert.deepEqual(prefixes(bridge), ['a']);
  assert.equal(bridge.of('Unsubscribe').length, 0);
});

const setups = {
  'onmessage, then connect': (socket) => {
    socket.onmessage = () => {};
    socket.connect('tcp://a:1');
  },
  'connect, then onmessage': (socket) => {
    socket.connect('tcp://a:1');
    socket.onmessage = () => {};
  },
  'PubRPCServer': (socket) => {
    socket.connect('tcp://a:1');
    new zmq.PubRPCServer(socket);
  },
  'msgfilter': (socket) => void socket.connect('tcp://a:1', { msgfilter: 'x' }),
};

for (const [name, setUp] of Object.entries(setups)) {
  test(`set up as in 2012 it gets everything: ${name}`, async (t) => {
    const { bridge, context } = page(t);
    const socket = context.Socket(zmq.SUB);
    setUp(socket);
    await socket.ready();
    assert.deepEqual(prefixes(bridge), ['']);
  });

  test(`unless it subscribes: ${name}`, async (t) => {
    const { bridge, context } = page(t);
    const socket = context.Socket(zmq.SUB);
    setUp(socket);
    socket.subscribe('a');
    await socket.ready();
    assert.deepEqual(prefixes(bridge), ['a']);
  });
}

test('one that subscribes in the same turn does not', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  socket.subscribe('a', new Uint8Array([98]));
  await socket.ready();
  assert.deepEqual(prefixes(bridge), ['a', 'b']);
});

test('subscribing later ends getting everything', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  socket.onmessage = () => {};
  await socket.ready();
  await socket.subscribe('a');
  const { id } = await bridge.want('Unsubscribe');
  assert.equal(id, bridge.of('Subscribe')[0].id);
  assert.deepEqual(prefixes(bridge), ['', 'a']);
});

test('subscribe may be awaited before connect', async (t) => {
  const { bridge, context } = page(t);
  const socket = context.Socket(zmq.SUB);
  await socket.subscribe('a');
  socket.connect('tcp://a:1');
  await socket.ready();
  assert.deepEqual(prefixes(bridge), ['a']);
  const other = context.Socket(zmq.SUB);
  const live = other.subscribe('b'); // connected in the same turn, it waits for the bridge
  other.connect('tcp://a:1');
  await live;
  assert.deepEqual(prefixes(bridge), ['a', 'b']);
});

test('unsubscribe takes back one subscription each', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.subscribe('a', 'a', 'b');
  socket.unsubscribe('a', 'c');
  await bridge.want('Unsubscribe');
  socket.unsubscribe('a');
  await bridge.want('Unsubscribe', 2);
  assert.deepEqual(bridge.of('Unsubscribe').map(({ id }) => id), [1, 2]);
  await socket.ready();
});

test('up is told when the subscriptions are live, not before', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  bridge.on('Subscribe', () => {});
  const events = [];
  socket.on('up', (address) => events.push(`up ${address}`));
  socket.on('down', (address) => events.push(`down ${address}`));
  socket.subscribe('a');
  const { id } = await bridge.want('Subscribe');
  await until(() => bridge.of('Open').length > 0);
  await sleep(5);
  assert.deepEqual(events, []);
  bridge.write({ kind: 'Subscribed', socket: 1, id });
  await until(() => events.length > 0);
  bridge.write({ kind: 'State', socket: 1, id: 1, code: 5, text: 'away' });
  await until(() => events.length > 1);
  const ready = socket.ready();
  bridge.write({ kind: 'State', socket: 1, id: 1, code: 0, text: '' });
  await ready;
  assert.deepEqual(events, ['up tcp://backend.test:1', 'down tcp://backend.test:1', 'up tcp://backend.test:1']);
});

test('a backend that is away keeps nobody from hearing that another is there', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  bridge.on('Subscribe', () => {});
  bridge.on('Open', ({ socket: of, id }) =>
    bridge.write(id === 1 ? { kind: 'Opened', socket: of, id } : { kind: 'State', socket: of, id, code: 5, text: 'away' }));
  const up = [];
  socket.on('up', (address) => up.push(address));
  socket.on('error', () => {});
  socket.connect('tcp://b:1').catch(() => {});
  socket.subscribe('a').catch(() => {});
  await until(() => up.length > 0);
  assert.deepEqual(up, ['tcp://backend.test:1']);
});

test('a subscription that is refused rejects', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  bridge.on('Subscribe', ({ id }) => bridge.write({ kind: 'Unsubscribed', socket: 1, id, code: 3, text: 'no' }));
  const errors = [];
  socket.on('error', (why) => errors.push(why.code));
  assert.equal((await failure(socket.subscribe('secret'))).code, 'denied');
  assert.equal((await failure(socket.ready())).code, 'denied');
  assert.deepEqual(errors, ['denied']);
});

test('other types have no subscriptions', async (t) => {
  const { socket } = connected(t, zmq.REQ);
  socket.on('error', () => {});
  assert.equal((await failure(socket.subscribe('a'))).code, 'invalid');
});

test('onmessage gets the last part as text, and all parts', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  const got = [];
  socket.onmessage = function (text, parts) {
    got.push([this === socket, text, texts(parts)]);
  };
  await socket.ready();
  publish(bridge, ['one'], ['topic', 'body']);
  await until(() => got.length === 2);
  assert.deepEqual(got, [
    [true, 'one', ['one']],
    [true, 'body', ['topic', 'body']],
  ]);
});

test('messages wait for a handler', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.ready();
  publish(bridge, ['1'], ['2']);
  await sleep(10);
  const got = [];
  socket.onmessage = (text) => got.push(text);
  assert.deepEqual(got, []); // nothing is delivered in the turn in which the handler is set
  await until(() => got.length > 0);
  assert.deepEqual(got, ['1', '2']);
});

test('listeners and onmessage each get every message', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  const got = [];
  socket.onmessage = (text) => got.push(`handler ${text}`);
  const listener = (text) => got.push(`listener ${text}`);
  socket.on('message', listener);
  await socket.ready();
  publish(bridge, ['1']);
  await until(() => got.length === 2);
  socket.off('message', listener);
  publish(bridge, ['2']);
  await until(() => got.length === 3);
  assert.deepEqual(got, ['handler 1', 'listener 1', 'handler 2']);
});

test('a handler that throws is reported, and gets the next message', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  const reported = [];
  t.mock.method(console, 'error', (what) => reported.push(what.message));
  socket.onmessage = (text) => {
    throw new Error(text);
  };
  await socket.ready();
  publish(bridge, ['1'], ['2']);
  await until(() => reported.length === 2);
  assert.deepEqual(reported, ['1', '2']);
});

test('for await yields the parts; breaking out leaves the socket open', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.ready();
  publish(bridge, ['a', '1'], ['a', '2'], ['a', '3']);
  const got = [];
  for await (const [topic, body] of socket) {
    got.push(`${topic}${body}`);
    if (got.length === 2) break;
  }
  assert.deepEqual(got, ['a1', 'a2']);
  assert.deepEqual(texts(await socket.receive()), ['a', '3']);
  assert.equal(socket.closed, false);
});

test('iteration ends when the socket is closed', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.ready();
  publish(bridge, ['1']);
  const got = [];
  for await (const parts of socket) {
    got.push(...texts(parts));
    setTimeout(() => socket.close());
  }
  assert.deepEqual(got, ['1']);
  assert.equal((await failure(socket.receive())).code, 'closed');
});

test('iteration can be aborted', async (t) => {
  const { socket } = connected(t, zmq.SUB);
  const abort = new AbortController();
  const next = failure(socket.messages({ signal: abort.signal }).next());
  abort.abort('enough');
  assert.equal(await next, 'enough');
  assert.equal(await failure(socket.messages({ signal: abort.signal }).next()), 'enough');
});

test('an iterator that is left does not swallow the message it waited for', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.ready();
  const iterator = socket.messages();
  const next = iterator.next();
  await iterator.return();
  assert.deepEqual(await next, { done: true, value: undefined });
  publish(bridge, ['1']);
  assert.deepEqual(texts(await socket.receive()), ['1']);
  assert.equal((await failure(socket.receive({ timeout: 10 }))).code, 'timeout');
});

test('what is consumed is granted again, and nothing else', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  await socket.ready();
  const { messages: window, bytes } = bridge.of('Open')[0];
  assert.deepEqual([window, bytes], [1000, 8 << 20]);
  publish(bridge, ...Array.from({ length: window }, () => ['abc']));
  await sleep(30);
  assert.equal(bridge.of('Credit').length, 0);
  let left = 250;
  for await (const _parts of socket) if (--left === 0) break;
  const { messages, bytes: granted } = await bridge.want('Credit');
  assert.deepEqual([messages, granted], [250, 750]);
  socket.onmessage = () => {};
  assert.equal((await bridge.want('Credit', 2)).messages, 750);
});

test('a gap is told where it is', async (t) => {
  const { bridge, socket } = connected(t, zmq.SUB);
  const got = [];
  socket.onmessage = (text) => got.push(text);
  socket.on('gap', (gap) => got.push(gap));
  await socket.ready();
  publish(bridge, ['1']);
  bridge.write({ kind: 'Gap', socket: 1, messages: 7, code: 8 });
  publish(bridge, ['2']);
  await until(() => got.length === 3);
  assert.deepEqual(got, ['1', { missed: 7, code: 'busy' }, '2']);
});

test('msgfilter keeps messages without a text away, as in 2012', async (t) => {
  const { bridge, context } = page(t);
  const socket = context.Socket(zmq.SUB);
  const got = [];
  socket.onmessage = (text) => got.push(text);
  socket.connect('tcp://a:1', { msgfilter: 'b' });
  await socket.ready();
  publish(bridge, ['abc'], ['xyz'], ['b']);
  await until(() => got.length === 2);
  assert.deepEqual(got, ['abc', 'b']);
});
