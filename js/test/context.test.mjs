import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, sleep, until, zmq } from './support/page.mjs';

const states = (context) => {
  const list = [];
  context.on('status', ({ state, code }) => list.push(code === undefined ? state : `${state} ${code}`));
  return list;
};

test('a context is made with and without new', (t) => {
  const { bridge } = page(t);
  for (const context of [
    zmq.Context('ws://a/data', { WebSocket: bridge.WebSocket }),
    new zmq.Context('ws://a/data', { WebSocket: bridge.WebSocket }),
  ]) {
    assert.ok(context instanceof zmq.Context);
    context.close();
  }
});

test('the URL is checked, http is ws', (t) => {
  const { bridge } = page(t);
  const url = (given) => {
    const context = new zmq.Context(given, { WebSocket: bridge.WebSocket });
    context.close();
    return context.url;
  };
  assert.equal(url('https://a:1/data?x#y'), 'wss://a:1/data?x');
  assert.equal(url(new URL('http://a/data')), 'ws://a/data');
  for (const bad of ['ftp://a', 'nonsense', '', undefined]) assert.throws(() => url(bad), { code: 'invalid' });
});

test('without a WebSocket there is no context', () => {
  if (globalThis.WebSocket === undefined) assert.throws(() => new zmq.Context('ws://a'), { code: 'unsupported' });
});

test('the subprotocol and the credentials are said', async (t) => {
  const { bridge, context } = page(t, { credentials: { token: 'x' } });
  await context.ready();
  assert.equal(bridge.connection.protocol, 'zwb.v1');
  const [{ version, params, text }] = bridge.frames;
  assert.deepEqual([version, JSON.parse(params), text], [1, { token: 'x' }, 'zmq-web-bridge js']);
});

test('getCredentials is asked before each connection', async (t) => {
  let asked = 0;
  const { bridge, context } = page(t, { getCredentials: async () => ++asked });
  await context.ready();
  bridge.connection.drop();
  await bridge.want('Hello', 2);
  assert.deepEqual(bridge.of('Hello').map(({ params }) => params), ['1', '2']);
});

test('getCredentials that fails is asked again', async (t) => {
  let asked = 0;
  const { bridge, context } = page(t, {
    getCredentials: () => {
      if (++asked < 3) throw new Error('not yet');
      return 'now';
    },
  });
  const list = states(context);
  await context.ready();
  assert.equal(bridge.of('Hello')[0].params, '"now"');
  assert.deepEqual(list, ['connecting unauthenticated', 'connecting unauthenticated', 'connected']);
});

test('getCredentials that fails for ever is not asked for ever', async (t) => {
  let asked = 0;
  const { bridge, context } = page(t, {
    getCredentials: () => {
      asked++;
      throw new Error('login expired');
    },
  });
  const why = await failure(context.ready());
  assert.deepEqual([why.code, why.message], ['unauthenticated', 'no credentials: login expired']);
  assert.deepEqual(context.status(), { state: 'closed', code: why.code, reason: why.message });
  await sleep(30);
  assert.deepEqual([asked, bridge.connections.length], [20, 0]);
});

test('a lost connection is made again, with everything on it', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.SUB);
  const list = states(context);
  const gaps = [];
  socket.on('gap', (gap) => gaps.push(gap));
  await socket.subscribe('a');
  const req = context.Socket(zmq.REQ);
  req.connect('tcp://b:1');
  await req.ready();
  const sent = failure(req.request('x'));
  await bridge.want('Request');
  bridge.connection.drop();
  assert.equal((await sent).code, 'lost');
  await bridge.want('Open', 4);
  await socket.ready();
  assert.deepEqual(list, ['connected', 'reconnecting lost', 'connected']);
  assert.equal(bridge.of('Subscribe').at(-1).name[0], 97);
  assert.deepEqual(gaps, [{ missed: 0, code: 'lost' }]);
});

test('what is sent while there is no connection waits for the next one', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  await socket.ready();
  bridge.on('Request', ({ id, body }) => bridge.write({ kind: 'Reply', socket: 1, id, body }));
  bridge.connection.drop();
  assert.deepEqual((await socket.request('x')).map(String), ['x']);
});

test('a request that was never sent is not said to have timed out', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ);
  await socket.ready();
  bridge.on('Hello', () => {});
  bridge.connection.drop();
  const why = await failure(socket.request('x', { timeout: 30 }));
  assert.equal(why.code, 'unavailable');
  assert.match(why.message, /^nothing was sent: .*: the connection to the bridge ended/);
  assert.equal((await failure(context.ready({ timeout: 30 }))).code, 'timeout');
});

test('close codes from 4500 on end the context', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ);
  await socket.ready();
  const list = states(context);
  const pending = [socket.request('x'), socket.send('y'), socket.receive()].map(failure);
  await bridge.want('Request', 2);
  bridge.connection.drop(4511, 'not you');
  for (const why of await Promise.all(pending)) {
    assert.deepEqual([why.code, why.message, why.remote], ['denied', 'not you', true]);
  }
  assert.deepEqual(list, ['closed denied']);
  assert.deepEqual(context.status(), { state: 'closed', code: 'denied', reason: 'not you' });
  for (const it of [context.ready(), socket.request('x'), context.Socket(zmq.REQ).connect('tcp://a:1')]) {
    assert.equal((await failure(it)).code, 'denied');
  }
  await sleep(20);
  assert.equal(bridge.connections.length, 1);
});

test('other close codes do not', async (t) => {
  const { bridge, context } = page(t);
  for (const code of [4000, 4001, 4002, 4003, 1006, 1001, 1012]) {
    await context.ready();
    const { length } = bridge.connections;
    bridge.connection.drop(code, 'later');
    assert.equal(context.status().state, 'reconnecting');
    await context.ready();
    assert.equal(bridge.connections.length, length + 1);
  }
});

test('a bridge that breaks the protocol is left, with the code of it', async (t) => {
  const { bridge, context } = page(t);
  await context.ready();
  bridge.connection.deliver(new Uint8Array([5, 0x2a]).buffer);
  assert.equal((await failure(context.Socket(zmq.REQ).connect('tcp://a:1'))).code, 'protocol');
  assert.equal(bridge.connection.closed.code, 4500);
});

test('a text message breaks it too', async (t) => {
  const { bridge, context } = page(t);
  await context.ready();
  bridge.connection.deliver('hello');
  await until(() => bridge.connection.closed);
  assert.equal(bridge.connection.closed.code, 4500);
  assert.equal(context.status().code, 'protocol');
});

test('a server that speaks something else is left', async (t) => {
  const { bridge, context } = page(t);
  await Promise.resolve();
  await Promise.resolve();
  bridge.connection.protocol = '';
  assert.equal((await failure(context.ready())).code, 'unsupported');
  assert.equal(bridge.connection.closed.code, 4503);
});

test('a silent bridge is left after two heartbeats', async (t) => {
  const bridge = new Bridge({ heartbeat: 20 });
  const { context } = page(t, {}, bridge);
  await context.ready();
  await until(() => bridge.connections.length > 1);
  assert.equal(bridge.connections[0].closed.code, 4001);
});

test('pings are answered', async (t) => {
  const { bridge, context } = page(t);
  await context.ready();
  bridge.write({ kind: 'Ping', id: 7 });
  assert.equal((await bridge.want('Pong')).id, 7);
});

test('asked to leave, it leaves when nothing is outstanding, and comes back', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ);
  await socket.ready();
  const list = states(context);
  const reply = socket.request('x');
  const { id } = await bridge.want('Request');
  bridge.write({ kind: 'GoAway', millis: 10_000, text: 'update' });
  const [first] = bridge.connections;
  await sleep(20);
  bridge.write({ kind: 'Reply', socket: 1, id, body: ['y'] });
  assert.deepEqual((await reply).map(String), ['y']);
  assert.equal(first.closed, undefined);
  assert.equal(context.status().state, 'draining');
  assert.deepEqual(list, ['draining unavailable']);
});

test('asked to leave at once, it does', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ);
  await socket.ready();
  const lost = failure(socket.request('x'));
  await bridge.want('Request');
  bridge.write({ kind: 'GoAway', millis: 1, text: 'now' });
  assert.equal((await lost).code, 'lost');
  await context.ready();
  assert.equal(bridge.connections[0].closed.code, 4000);
});

test('close sends what was sent before, and ends everything', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ);
  await socket.ready();
  const request = failure(socket.request('last'));
  const sent = bridge.want('Request');
  const { connection } = bridge;
  connection.send = (batch) => bridge.received(batch.slice(), connection);
  await context.close();
  assert.equal((await request).code, 'closed');
  await sent;
  assert.deepEqual([connection.closed.code, context.status().state], [1000, 'closed']);
  assert.equal(socket.closed, true);
  context.close();
  assert.equal((await failure(context.ready())).code, 'closed');
});

test('a context can be disposed of', async (t) => {
  const { context } = page(t);
  await context[Symbol.asyncDispose]();
  assert.equal(context.status().state, 'closed');
});

test('contexts share one engine and nothing else', async (t) => {
  const [one, two] = [connected(t, zmq.REQ), connected(t, zmq.REQ)];
  const [a, b] = [one.socket.request('a'), two.socket.request('b')];
  for (const { bridge } of [one, two]) {
    const { id, body } = await bridge.want('Request');
    bridge.write({ kind: 'Reply', socket: 1, id, body });
  }
  assert.deepEqual([String(await a), String(await b)], ['a', 'b']);
  one.context.close();
  two.socket.request('c').catch(() => {});
  await two.bridge.want('Request', 2);
});
