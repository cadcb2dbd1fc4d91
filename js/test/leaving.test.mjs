import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, until, zmq } from './support/page.mjs';

const never = { minReconnectDelay: 1e6, maxReconnectDelay: 1e6 };
const keeping = () => new Bridge({ retain: 60_000 });
const goAway = (bridge, millis) => bridge.write({ kind: 'GoAway', millis, text: 'update' });

test('it leaves when it is idle, at a moment of its own, and comes back at once', async (t) => {
  for (const random of [0, 0.5, 0.999]) {
    t.mock.method(Math, 'random', () => random);
    const { bridge, context, socket } = connected(t, zmq.REQ, never);
    await socket.ready();
    const states = [];
    context.on('status', ({ state, code, reason }) => states.push([state, code, reason].filter(Boolean).join(' ')));
    const start = performance.now();
    goAway(bridge, 100);
    await until(() => bridge.connections.length === 2);
    const took = performance.now() - start;
    assert.ok(took >= random * 50, `${took} ms`);
    assert.deepEqual(bridge.connections[0].closed, { code: 4000, reason: 'asked to leave' });
    await context.ready();
    assert.deepEqual(states, ['draining unavailable update', 'reconnecting lost asked to leave', 'connected']);
  }
});

test('it stays for answers, and begins nothing new', async (t) => {
  t.mock.method(Math, 'random', () => 0);
  const { bridge, context, socket } = connected(t, zmq.REQ, never, keeping());
  await socket.ready();
  const first = socket.request('first');
  const { id } = await bridge.want('Request');
  const draining = new Promise((resolve) => context.on('status', ({ state }) => state === 'draining' && resolve()));
  goAway(bridge, 60_000);
  await draining;
  const second = socket.request('second');
  const other = context.Socket(zmq.SUB);
  other.connect('tcp://b:1');
  bridge.write({ kind: 'Ping', id: 1 });
  await bridge.want('Pong'); // everything that had to be sent was sent
  assert.deepEqual([bridge.of('Request').length, bridge.of('Open').length], [1, 1]);
  bridge.write({ kind: 'Reply', socket: 1, id, body: ['one'] });
  assert.deepEqual((await first).map(String), ['one']);
  const next = await bridge.want('Request', 2); // on the next connection
  assert.equal(bridge.connections.length, 2);
  bridge.write({ kind: 'Reply', socket: 1, id: next.id, body: ['two'] });
  assert.deepEqual((await second).map(String), ['two']);
  await other.ready();
});

test('it stays until the bridge has what was sent', async (t) => {
  t.mock.method(Math, 'random', () => 0);
  const { bridge, socket } = connected(t, zmq.PUSH, never, keeping());
  await socket.ready();
  const transmit = bridge.connection.transmit;
  bridge.connection.transmit = (...frames) => {
    if (frames[0]?.kind !== 'Ack') transmit.apply(bridge.connection, frames);
  };
  bridge.write({ kind: 'Credit', socket: 1, messages: 1, bytes: 100 });
  await socket.send('x');
  await bridge.want('Message');
  goAway(bridge, 60_000);
  bridge.write({ kind: 'Ping', id: 1 });
  await bridge.want('Pong');
  assert.equal(bridge.connection.closed, undefined);
  transmit.call(bridge.connection, { kind: 'Ack', seq: bridge.session.received });
  await until(() => bridge.connections.length === 2);
});

test('an answer that does not come is given up before the bridge is gone', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ, never);
  await socket.ready();
  const request = failure(socket.request('x'));
  await bridge.want('Request');
  const start = performance.now();
  goAway(bridge, 100);
  assert.equal((await request).code, 'lost');
  const took = performance.now() - start;
  assert.ok(took >= 89, `${took} ms`);
});

test('left for a bridge that knows the session, nothing has happened', async (t) => {
  t.mock.method(Math, 'random', () => 0);
  const { bridge, context, socket } = connected(t, zmq.SUB, never, keeping());
  await socket.ready();
  socket.on('gap', () => assert.fail('there is no gap'));
  goAway(bridge, 1000);
  await new Promise((resolve) => context.on('resumed', resolve));
  bridge.write({ kind: 'Message', socket: 1, body: ['x'] });
  assert.equal(String(await socket.receive()), 'x');
  assert.equal(bridge.of('Open').length, 1);
});
