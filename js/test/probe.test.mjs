import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { browser } from './support/browser.mjs';
import { connected, sleep, zmq } from './support/page.mjs';

/** Says how the network may have changed, and how long after that a Ping may go out at the latest, in milliseconds. */
const reasons = {
  'the network is back': { happens: ({ window }) => window.online(true), within: 100 },
  'the page is looked at': { happens: ({ window }) => window.visible(true), within: 100 },
  'the clock has jumped': {
    happens({ t }) {
      const { now } = Date;
      t.mock.method(Date, 'now', () => now() + 10_000);
    },
    within: 1500,
  },
  'a request waits': { happens: ({ socket }) => void socket.request('?'), within: 1000 },
};

for (const [name, { happens, within }] of Object.entries(reasons)) {
  test(`the bridge is asked for a sign of life when ${name}`, async (t) => {
    const window = browser(t);
    const { bridge, socket } = connected(t, zmq.REQ);
    await socket.ready();
    const since = performance.now();
    happens({ t, window, socket });
    await bridge.want('Ping');
    assert.ok(performance.now() - since < within, `${performance.now() - since} ms`);
    await sleep(50);
    assert.deepEqual([bridge.of('Ping').length, bridge.connections.length], [1, 1]); // it has answered
  });
}

test('a hidden page, whose timers are late, asks nothing', async (t) => {
  const window = browser(t);
  const { bridge, socket } = connected(t, zmq.REQ);
  await socket.ready();
  window.visible(false);
  const { now } = Date;
  t.mock.method(Date, 'now', () => now() + 10_000);
  await sleep(1200);
  assert.equal(bridge.of('Ping').length, 0);
});

test('a connection that has died without a sign is made again, and nothing is lost', async (t) => {
  const window = browser(t);
  const { bridge, context, socket } = connected(t, zmq.REQ, {}, new Bridge({ retain: 60_000 }));
  await socket.ready();
  const [dead] = bridge.connections;
  dead.send = () => {}; // the network has changed
  dead.readyState = 1;
  bridge.on('Request', ({ id, body }) => bridge.session.write({ kind: 'Reply', socket: 1, id, body }));
  const since = performance.now();
  const reply = socket.request('x');
  window.online(true);
  assert.deepEqual((await reply).map(String), ['x']);
  const took = performance.now() - since;
  assert.ok(took > 2900 && took < 4500, `${took} ms`);
  assert.equal(dead.closed.code, 4001);
  assert.equal(context.status().resumed, true);
});

test('an attempt that began on the network before gets three seconds more', async (t) => {
  const window = browser(t);
  const bridge = new Bridge();
  const made = [];
  class Stuck extends bridge.WebSocket {
    constructor(...given) {
      super(...given);
      if (made.push(this) === 1) this.readyState = 3; // it never opens
      if (made.length === 1) setTimeout(() => (this.readyState = 0));
    }
  }
  const context = new zmq.Context('ws://127.0.0.1/data', { WebSocket: Stuck, minReconnectDelay: 1, maxReconnectDelay: 1 });
  t.after(() => context.close());
  await sleep(20);
  const since = performance.now();
  window.online(true);
  await context.ready();
  const took = performance.now() - since;
  assert.ok(took > 2900 && took < 5000, `${took} ms`);
});
