// Where a context stands: followed in a loop, and its end; how often it is tried again; what it counts, and how far the bridge is.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, until, zmq } from './support/page.mjs';

test('a loop gets the status as it is, each change, and the end', async (t) => {
  const { bridge, context } = page(t);
  const states = [];
  const loop = (async () => {
    for await (const { state } of context.watch()) {
      states.push(state);
      if (state === 'connected') states.length < 4 ? bridge.connection.drop() : void context.close();
    }
  })();
  await loop;
  assert.deepEqual(states, ['connecting', 'connected', 'reconnecting', 'connected', 'closed']);
  const late = [];
  for await (const { state } of context.watch()) late.push(state);
  assert.deepEqual(late, ['closed']);
});

test('a loop that is slower than the changes gets the last one', async (t) => {
  const { bridge, context } = page(t);
  await context.ready();
  const states = [];
  for await (const { state } of context.watch(null)) {
    states.push(state);
    if (states.length > 1) break;
    bridge.connection.drop();
    await until(() => bridge.of('Hello').length === 2 && context.status().state === 'connected');
  }
  assert.deepEqual(states, ['connected', 'connected']);
});

test('a loop over the status ends with the reason of its signal, and leaves no listener behind', async (t) => {
  const { context } = page(t);
  await context.ready();
  const controller = new AbortController();
  const loop = (async () => {
    for await (const _ of context.watch({ signal: controller.signal })) setTimeout(() => controller.abort('enough'));
  })();
  assert.equal(await failure(loop), 'enough');
  assert.equal(context.listens('status'), false);
  assert.equal((await failure(context.watch({ signal: {} }).next())).code, 'invalid');
});

test('ended is fulfilled when the page has closed the context', async (t) => {
  const { context } = page(t);
  await context.ready();
  void context.close();
  assert.equal(await context.ended, undefined);
});

test('ended says why there will be no connection any more', async (t) => {
  const { bridge, context } = page(t);
  await context.ready();
  bridge.connection.drop(4503, 'another version');
  const why = await context.ended;
  assert.deepEqual([why.name, why.code, why.message], ['ZmqError', 'unsupported', 'another version']);
});

for (const [what, options, bridge, attempts] of [
  ['never again', { maxReconnectAttempts: 0 }, new Bridge(), 1],
  ['three times', { maxReconnectAttempts: 3 }, new Bridge(), 4],
]) {
  test(`a context that may try it ${what} is closed then, with the reason of the last failure`, async (t) => {
    bridge.on('Hello', (_frame, connection) => connection.end(4002));
    const { context } = page(t, options, bridge);
    const why = await context.ended;
    assert.equal(why.code, 'busy');
    assert.deepEqual(context.status(), { state: 'closed', code: 'busy', reason: why.message });
    assert.equal(bridge.connections.length, attempts);
  });
}

test('a connection that comes about counts from the beginning', async (t) => {
  const { bridge, context } = page(t, { maxReconnectAttempts: 1 });
  for (let i = 1; i <= 3; i++) {
    await context.ready();
    bridge.connection.drop();
    await until(() => bridge.of('Hello').length === i + 1);
  }
  await context.ready();
});

test('without jitter the delay is what the options say', async (t) => {
  t.mock.method(Math, 'random', () => 0.9);
  const bridge = new Bridge();
  const times = [];
  bridge.on('Hello', (_frame, connection) => {
    times.push(performance.now());
    connection.end(4002);
  });
  page(t, { minReconnectDelay: 30, maxReconnectDelay: 30, reconnectJitter: 0, maxReconnectAttempts: 2 }, bridge);
  await until(() => times.length === 3);
  for (const [i, time] of times.slice(1).entries()) assert.ok(time - times[i] >= 29, `${time - times[i]} ms`);
});

test('options of reconnecting that cannot be are refused', () => {
  for (const options of [{ reconnectJitter: 2 }, { reconnectJitter: 'all' }, { maxReconnectAttempts: -1 }, { maxReconnectAttempts: NaN }]) {
    assert.throws(() => new zmq.Context('ws://bridge.test/data', { WebSocket: new Bridge().WebSocket, ...options }), { code: 'invalid' });
  }
});

test('what a context does is counted', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ, {}, new Bridge());
  bridge.on('Request', ({ id, body }) => bridge.write({ kind: 'Reply', socket: 1, id, body }));
  await socket.request('hello');
  const sub = context.Socket(zmq.SUB);
  sub.connect('tcp://a:1');
  await sub.subscribe('');
  bridge.write(
    ...['a', 'b'].map((it) => ({ kind: 'Message', socket: 2, body: [it] })),
    { kind: 'Gap', socket: 2, id: 1, messages: 3, code: 8 },
    { kind: 'Gap', socket: 2, id: 1, messages: 0, code: 11 },
    { kind: 'Gap', socket: 2, id: 1, messages: 4, code: 0 },
    { kind: 'Message', socket: 2, body: ['c'] },
  );
  for (let i = 0; i < 3; i++) await sub.receive();
  const { bytesReceived, bytesSent, ...others } = context.stats();
  assert.deepEqual(others, { received: 4, sent: 1, missed: 3, gaps: 2, conflated: 4, reconnects: 0, rtt: undefined });
  assert.ok(bytesReceived > 30 && bytesReceived < 200, String(bytesReceived));
  assert.ok(bytesSent > 30 && bytesSent < 300, String(bytesSent));
  bridge.connection.drop();
  await until(() => context.stats().reconnects === 1);
  await context.close();
  assert.equal(context.stats().sent, 1);
});

test('the round trip to the bridge is measured', async (t) => {
  const { bridge, context } = page(t);
  bridge.on('Ping', ({ id }, connection) => setTimeout(() => connection.transmit({ kind: 'Pong', id }), 20));
  const [took, same] = await Promise.all([context.rtt(), context.rtt()]);
  assert.ok(took >= 19 && took < 1000, `${took} ms`);
  assert.equal(same, took);
  assert.equal(bridge.of('Ping').length, 1);
  assert.equal(context.stats().rtt, took);
});

test('a round trip that is cut is measured on the next connection', async (t) => {
  const { bridge, context } = page(t);
  await context.ready();
  bridge.on('Ping', ({ id }, connection) => (bridge.of('Ping').length === 1 ? connection.drop() : connection.transmit({ kind: 'Pong', id })));
  assert.ok((await context.rtt()) > 0);
  assert.equal(bridge.of('Ping').length, 2);
});

test('a round trip is waited for as long as the options say, and no longer than there is a context', async (t) => {
  const { bridge, context } = page(t);
  bridge.on('Ping', () => {});
  await context.ready();
  assert.equal((await failure(context.rtt({ timeout: 1 }))).code, 'timeout');
  assert.equal(await failure(context.rtt({ signal: AbortSignal.abort('no') })), 'no');
  const pending = failure(context.rtt());
  await context.close();
  assert.equal((await pending).code, 'closed');
  assert.equal((await failure(context.rtt())).code, 'closed');
});

test('an error says whether the same call may succeed later', () => {
  const codes = ['invalid', 'unauthenticated', 'denied', 'unsupported', 'unavailable', 'timeout', 'canceled', 'busy', 'too_large'];
  const more = ['conflict', 'lost', 'closed', 'protocol', 'failed', 'internal'];
  const retryable = [...codes, ...more].filter((code) => new zmq.ZmqError(code, 'x').retryable);
  assert.deepEqual(retryable, ['unavailable', 'timeout', 'busy', 'conflict', 'lost']);
});
