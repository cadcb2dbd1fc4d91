import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { browser } from './support/browser.mjs';
import { connected, page, until, zmq } from './support/page.mjs';

/** So long that a page connects before it is over only for a good reason. */
const never = { minReconnectDelay: 1e6, maxReconnectDelay: 1e6 };

/** A context whose connection to its bridge was lost. */
async function cut(t, options) {
  const { bridge, context } = page(t, { ...never, ...options });
  await context.ready();
  bridge.connection.drop();
  return { bridge, context };
}

test('the network being back is a reason to dial at once', async (t) => {
  const window = browser(t);
  const { context } = await cut(t);
  window.online(true);
  await context.ready();
});

test('the page being looked at is a reason to dial at once', async (t) => {
  const window = browser(t);
  const { bridge, context } = await cut(t);
  window.visible(false);
  assert.equal(bridge.connections.length, 1);
  window.visible(true);
  await context.ready();
});

test('neither is where there is a connection, or none is wanted', async (t) => {
  const window = browser(t);
  const { bridge, context } = page(t);
  await context.ready();
  window.online(true);
  window.visible(true);
  await context.close();
  window.online(true);
  window.visible(true);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(bridge.connections.length, 1);
});

test('without a network no attempt is made', async (t) => {
  const window = browser(t);
  const { bridge, context } = page(t, { minReconnectDelay: 1, maxReconnectDelay: 1 });
  await context.ready();
  window.online(false);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  bridge.connection.drop();
  t.mock.timers.tick(1);
  t.mock.timers.tick(59_999);
  await Promise.resolve();
  assert.equal(bridge.connections.length, 1);
  window.visible(true);
  await Promise.resolve();
  assert.equal(bridge.connections.length, 1);
  t.mock.timers.reset();
  window.online(true);
  await context.ready();
});

test('a browser that never finds a network is not believed for ever', async (t) => {
  const window = browser(t);
  const { bridge, context } = page(t, { minReconnectDelay: 1, maxReconnectDelay: 1 });
  await context.ready();
  window.online(false);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  bridge.connection.drop();
  t.mock.timers.tick(1);
  t.mock.timers.tick(60_000);
  t.mock.timers.reset();
  await until(() => bridge.connections.length === 2);
});

test('a bridge on this machine needs no network', async (t) => {
  const window = browser(t);
  for (const host of ['localhost:1', '127.0.0.1', '[::1]:1', 'bridge.localhost']) {
    const bridge = new Bridge();
    const context = new zmq.Context(`ws://${host}/data`, { WebSocket: bridge.WebSocket, minReconnectDelay: 1, maxReconnectDelay: 1 });
    t.after(() => context.close());
    await context.ready();
    window.online(false);
    bridge.connection.drop();
    await context.ready();
  }
});

test('a bridge that takes nobody is left alone for as long as it says', async (t) => {
  const window = browser(t);
  const delay = 80;
  const bridge = new Bridge();
  const times = [];
  bridge.on('Hello', (frame, connection) => {
    times.push(performance.now());
    if (times.length > 2) return bridge.welcome(frame, connection);
    connection.write({ kind: 'GoAway', millis: delay, text: 'full' });
    connection.end(4000);
    setTimeout(() => window.online(true), delay / 2); // this is no reason to connect earlier
  });
  const { context, socket } = connected(t, zmq.REQ, {}, bridge);
  const list = [];
  context.on('status', ({ state, code, reason }) => list.push([state, code, reason].filter(Boolean).join(' ')));
  await socket.ready();
  assert.deepEqual(list, ['connecting unavailable full', 'connecting unavailable full', 'connected']);
  for (const [i, time] of times.slice(1).entries()) assert.ok(time - times[i] >= delay, `${time - times[i]} ms`);
});

test('why there is no connection is told by its code', async (t) => {
  const { bridge, context } = page(t);
  await context.ready();
  bridge.connection.drop(4002, 'too many');
  const { state, code, reason } = context.status();
  assert.deepEqual([state, code, reason], ['reconnecting', 'busy', 'too many']);
  await until(() => context.status().state === 'connected');
  assert.deepEqual(context.status(), { state: 'connected' });
});
