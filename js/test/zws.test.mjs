// Peers that speak ZeroMQ over WebSockets themselves talk to ordinary backends through the bridge, unchanged: libzmq with its ws://, in zeromq.js,
// and jszmq.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import { startBackends, startBridge } from './support/zws.mjs';

const require = createRequire(import.meta.url);
const zeromq = require('zeromq');
const jszmq = require('jszmq');

const text = (parts) => parts.map(String);

test('libzmq', { timeout: 60_000 }, async (t) => {
  const { at, hear } = await startBackends(t);
  const url = await startBridge(t, at);
  const open = (t, Type, name, options = {}) => {
    const socket = new Type({ linger: 0, ...options });
    t.after(() => socket.close());
    socket.connect(url + name);
    return socket;
  };

  await t.test('REQ', async (t) => {
    const socket = open(t, zeromq.Request, 'rep');
    for (let n = 0; n < 100; n++) {
      await socket.send([`question ${n}`, '', 'ü']);
      assert.deepEqual(text(await socket.receive()), [`question ${n}`, '', 'ü']);
    }
  });

  await t.test('a large message', async (t) => {
    const socket = open(t, zeromq.Request, 'rep');
    const large = () => Buffer.alloc(3 << 20, 'x');
    await socket.send(large()); // libzmq masks it for the WebSocket where it is
    assert.ok((await socket.receive())[0].equals(large()));
  });

  await t.test('DEALER', async (t) => {
    const socket = open(t, zeromq.Dealer, 'router', { routingId: 'me' });
    for (let n = 0; n < 10; n++) await socket.send(['', String(n)]);
    for (let n = 0; n < 10; n++) assert.deepEqual(text(await socket.receive()), ['', String(n)]);
  });

  await t.test('SUB', async (t) => {
    const socket = open(t, zeromq.Subscriber, 'pub');
    socket.subscribe('fx.');
    for (let n = 0; n < 10; n++) assert.equal(text(await socket.receive())[0], 'fx.EURUSD');
    socket.subscribe('eq.');
    socket.unsubscribe('fx.');
    let others = 0;
    while (others < 10) others = text(await socket.receive())[0] === 'eq.SAP' ? others + 1 : 0;
  });

  await t.test('PULL', async (t) => {
    const socket = open(t, zeromq.Pull, 'push');
    for (let n = 0; n < 100; n++) assert.deepEqual(text(await socket.receive()), [String(n)]);
  });

  await t.test('PUSH', async (t) => {
    const socket = open(t, zeromq.Push, 'pull');
    for (let n = 0; n < 1000; n++) await socket.send([String(n), 'x']);
    for (let n = 0; n < 1000; n++) assert.deepEqual(await hear(), [String(n), 'x']);
  });

  await t.test('PUB', async (t) => {
    const socket = open(t, zeromq.Publisher, 'sub');
    const heard = hear();
    const again = setInterval(() => socket.send(['topic', 'news']), 20); // a publisher forgets what nobody has subscribed to yet
    t.after(() => clearInterval(again));
    assert.deepEqual(await heard, ['topic', 'news']);
  });

  await t.test('PAIR', async (t) => {
    const socket = open(t, zeromq.Pair, 'pair');
    await socket.send(['a', 'b']);
    assert.deepEqual(text(await socket.receive()), ['a', 'b']);
  });

  await t.test('with heartbeats', async (t) => {
    const socket = open(t, zeromq.Request, 'rep', { heartbeatInterval: 50, heartbeatTimeout: 2000 });
    const until = Date.now() + 500; // several of them
    for (let n = 0; Date.now() < until; n++) {
      await socket.send(String(n));
      assert.deepEqual(text(await socket.receive()), [String(n)]);
    }
  });

  await t.test('an address', async (t) => {
    const socket = new zeromq.Request({ linger: 0, receiveTimeout: 5000, sendTimeout: 5000 });
    t.after(() => socket.close());
    socket.connect(`${url.replace(/\/$/, '')}?address=${encodeURIComponent(at.rep)}`); // what libzmq asks for begins behind the last slash
    await socket.send('x');
    assert.deepEqual(text(await socket.receive()), ['x']);
  });

  await t.test('what may not be opened is refused', async (t) => {
    const socket = new zeromq.Request({ linger: 0, receiveTimeout: 300, sendTimeout: 300 });
    t.after(() => socket.close());
    socket.connect(`${url}nothing`);
    await assert.rejects(socket.send('x').then(() => socket.receive()));
  });
});

test('libzmq with a password', { timeout: 60_000 }, async (t) => {
  const { at } = await startBackends(t);
  const url = await startBridge(t, at, { passwords: 'alice:$5$rounds=1000$saltsalt$eKLZU9t9OoPWrqOQsoTIKG0aYkZ5rGOoOQhiIvoSWX2\n' }); // of secret
  const ask = async (options) => {
    const socket = new zeromq.Request({ linger: 0, receiveTimeout: 1000, sendTimeout: 1000, ...options });
    t.after(() => socket.close());
    socket.connect(`${url}rep`);
    await socket.send('x');
    return text(await socket.receive());
  };
  assert.deepEqual(await ask({ plainUsername: 'alice', plainPassword: 'secret' }), ['x']);
  await assert.rejects(ask({ plainUsername: 'alice', plainPassword: 'guess' }));
  await assert.rejects(ask({}));
});

test('jszmq', { timeout: 60_000 }, async (t) => {
  const { at, hear } = await startBackends(t);
  const url = await startBridge(t, at);
  const open = (t, type, name) => {
    const socket = jszmq.socket(type);
    t.after(() => socket.close());
    socket.connect(url + name);
    return socket;
  };
  const next = (socket) => new Promise((resolve) => socket.once('message', (...parts) => resolve(text(parts))));

  await t.test('REQ', async (t) => {
    const socket = open(t, 'req', 'rep');
    for (let n = 0; n < 100; n++) {
      const answer = next(socket);
      socket.send([`question ${n}`, 'ü']);
      assert.deepEqual(await answer, [`question ${n}`, 'ü']);
    }
  });

  await t.test('an address', async (t) => {
    const socket = open(t, 'req', `?address=${at.rep}&type=REQ`);
    const answer = next(socket);
    socket.send('x');
    assert.deepEqual(await answer, ['x']);
  });

  await t.test('DEALER', async (t) => {
    const socket = open(t, 'dealer', 'router');
    const answer = next(socket);
    socket.send(['', 'x']);
    assert.deepEqual(await answer, ['', 'x']);
  });

  await t.test('SUB', async (t) => {
    const socket = open(t, 'sub', 'pub');
    socket.subscribe('fx.');
    for (let n = 0; n < 10; n++) assert.equal((await next(socket))[0], 'fx.EURUSD');
  });

  await t.test('PULL', async (t) => {
    const socket = open(t, 'pull', 'push');
    assert.deepEqual(await next(socket), ['0']);
  });

  await t.test('PUSH', async (t) => {
    const socket = open(t, 'push', 'pull');
    for (let n = 0; n < 100; n++) socket.send([String(n)]);
    for (let n = 0; n < 100; n++) assert.deepEqual(await hear(), [String(n)]);
  });
});
