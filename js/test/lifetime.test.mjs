import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { browser } from './support/browser.mjs';
import { connected, failure, page, zmq } from './support/page.mjs';

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a page that is left says so, and the bridge keeps nothing for it', async (t) => {
  const window = browser(t);
  const { bridge, context, socket } = connected(t, zmq.REQ, {}, new Bridge({ retain: 60_000 }));
  await socket.ready();
  const list = [];
  context.on('status', ({ state }) => list.push(state));
  socket.request('last').catch(() => {});
  window.hide();
  assert.deepEqual(bridge.connection.closed, { code: 1000, reason: 'the page was left' });
  assert.equal(String.fromCharCode(...(await bridge.want('Request')).body[0]), 'last');
  window.online(true);
  window.visible(true);
  await settled();
  assert.equal(bridge.connections.length, 1);
  assert.deepEqual(list, []); // after the page was left, nothing is reported
});

test('a page that comes back connects again, with a new session', async (t) => {
  const window = browser(t);
  const { bridge, context, socket } = connected(t, zmq.SUB, { minReconnectDelay: 1e6, maxReconnectDelay: 1e6 }, new Bridge({ retain: 60_000 }));
  const req = context.Socket(zmq.REQ);
  req.connect('tcp://b:1');
  await Promise.all([socket.ready(), req.ready()]);
  const request = failure(req.request('x'));
  await bridge.want('Request');
  const list = [];
  context.on('status', ({ state }) => list.push(state));
  context.on('reset', ({ code }) => list.push(`reset ${code}`));
  socket.on('gap', ({ code }) => list.push(`gap ${code}`));
  window.hide(true);
  window.show();
  assert.equal((await request).code, 'lost');
  await Promise.all([socket.ready(), req.ready()]);
  assert.deepEqual(list, ['reset lost', 'reconnecting', 'gap lost', 'connected']);
  assert.equal(bridge.of('Hello')[1].name.length, 0);
  assert.equal(bridge.of('Open').length, 4);
});

test('one that was left while it dialed dials once when it is back', async (t) => {
  const window = browser(t);
  let credentials;
  const { bridge, context } = page(t, { getCredentials: () => new Promise((resolve) => (credentials = resolve)) });
  await settled();
  window.hide(true);
  credentials();
  await settled();
  assert.equal(bridge.connections.length, 0);
  window.show();
  await settled();
  credentials();
  await context.ready();
  assert.equal(bridge.connections.length, 1);
});

test('a page that is only shown does nothing', async (t) => {
  const window = browser(t);
  const { bridge, context } = page(t);
  window.show(false);
  await context.ready();
  window.show(true);
  await settled();
  assert.equal(bridge.connections.length, 1);
});

test('a context that was closed listens no more', async (t) => {
  const window = browser(t);
  const { bridge, context } = page(t);
  await context.ready();
  await context.close();
  window.hide();
  window.show();
  await settled();
  assert.equal(bridge.connections.length, 1);
});
