// How many messages a page holds that it has not consumed: the credit of a socket.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as classes from '../dist/zeromq.node.mjs';
import { page, zmq } from './support/page.mjs';

const address = 'tcp://backend.test:1';

for (const [what, options, messages] of [
  ['by default', {}, 1000],
  ['as its option says', { receiveHighWaterMark: 5 }, 5],
  ['without a limit', { receiveHighWaterMark: 0 }, 0x7fffffff],
]) {
  test(`a socket holds so many messages ${what}`, async (t) => {
    const { bridge, context } = page(t);
    await context.Socket(zmq.PULL, options).connect(address);
    assert.equal((await bridge.want('Open')).messages, messages);
  });
}

test('a small window is granted anew, a quarter of it at a time', async (t) => {
  const { bridge, context } = page(t);
  const pull = context.Socket(zmq.PULL, { receiveHighWaterMark: 8 });
  await pull.connect(address);
  bridge.write(...Array.from({ length: 8 }, (_, i) => ({ kind: 'Message', socket: 1, body: [String(i)] })));
  await pull.receive();
  assert.equal(bridge.of('Credit').length, 0);
  await pull.receive();
  assert.equal((await bridge.want('Credit')).messages, 2);
  for (let i = 0; i < 6; i++) await pull.receive();
  await bridge.want('Credit', 2);
});

test('what is no number of messages is refused', (t) => {
  const { context } = page(t);
  for (const receiveHighWaterMark of [-1, 1.5, NaN, '5']) {
    assert.throws(() => context.Socket(zmq.PULL, { receiveHighWaterMark }), { code: 'invalid' });
  }
});

test('the classes have it, too', async (t) => {
  const { bridge, context } = page(t);
  const pull = new classes.Pull({ context, receiveHighWaterMark: 7 });
  await pull.connect(address);
  assert.equal((await bridge.want('Open')).messages, 7);
  pull.close();
});

test('how eagerly a bridge keeps up a connection is its own affair, and may be said; never to connect again may not', () => {
  const socket = new classes.Dealer({ reconnectInterval: 500, reconnectMaxInterval: 5000, heartbeatInterval: 1000, heartbeatTimeout: 5000,
    heartbeatTimeToLive: 10_000, connectTimeout: 3000, handshakeInterval: 1000, tcpKeepalive: 1, typeOfService: 8 });
  assert.equal(socket.heartbeatInterval, 1000);
  assert.throws(() => new classes.Dealer({ reconnectInterval: -1 }), { code: 'ENOTSUP', reason: 'unsupported' });
  socket.close();
});
