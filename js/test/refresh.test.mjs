import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { browser } from './support/browser.mjs';
import { failure, until } from './support/page.mjs';

const text = (bytes) => Buffer.from(bytes).toString();
const subscriptions = (bridge) => bridge.of('Subscribe').map(({ name }) => text(name));
const message = (body, socket = 1) => ({ kind: 'Message', socket, body: [body] });
let loads = 0;

/** A tab in which one page after the other is loaded. The pages share nothing but the storage. */
class Tab {
  storage = new Map();
  bridge = new Bridge({ retain: 60_000 });

  constructor(t) {
    this.t = t;
  }

  /** Leaves the present page and loads the next one. */
  async load(options = { resume: 'refresh' }) {
    this.window?.hide();
    this.window = browser(this.t, { storage: this.storage });
    const zmq = await import(`../dist/zmq.node.mjs?${++loads}`);
    const context = new zmq.Context('ws://bridge.test/data', { WebSocket: this.bridge.WebSocket, minReconnectDelay: 1, ...options });
    this.t.after(() => context.close());
    return { zmq, context };
  }

  /** Does the same, and makes a socket in the new page. */
  async subscribe(prefixes, address = 'tcp://a:1') {
    const { zmq, context } = await this.load();
    const socket = context.Socket(zmq.SUB);
    const got = [];
    socket.onmessage = (body) => got.push(body);
    for (const event of ['gap', 'recovered', 'up', 'down']) socket.on(event, (what) => got.push([event, what]));
    socket.connect(address, { user: 'hugo' });
    socket.subscribe(...prefixes);
    return { zmq, context, socket, got };
  }
}

test('a page that is loaded again goes on, and misses nothing', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  const first = await tab.subscribe(['a']);
  const req = first.context.Socket(first.zmq.REQ);
  req.connect('tcp://b:1');
  await Promise.all([first.socket.ready(), req.ready()]);
  req.request('for nobody').catch(() => {});
  const { id } = await bridge.want('Request');
  bridge.write(message('a1'));
  await until(() => first.got.length === 2);

  const loading = tab.subscribe(['a']);
  assert.equal(bridge.connection.closed.code, 3000);
  assert.equal(tab.storage.size, 1);
  bridge.session.write(message('a2'), { kind: 'Reply', socket: 2, id, body: ['late'] });
  const { zmq, context, socket, got } = await loading;
  const resumed = new Promise((resolve) => context.on('resumed', resolve));
  const second = context.Socket(zmq.REQ);
  second.connect('tcp://b:1');
  const reply = second.request('again');
  await resumed;
  assert.equal(tab.storage.size, 0);
  await Promise.all([socket.ready(), second.ready()]);
  assert.deepEqual(context.status(), { state: 'connected', resumed: true });
  assert.equal((await bridge.want('Cancel')).id, id);
  const request = await bridge.want('Request', 2);
  assert.deepEqual([request.socket, text(request.body[0])], [2, 'again']);
  bridge.write({ kind: 'Reply', socket: 2, id: request.id, body: ['done'] }, message('a3'));
  assert.equal(String(await reply), 'done');
  await until(() => got.includes('a3'));
  assert.deepEqual(got, [['up', 'tcp://a:1'], 'a2', 'a3']);
  assert.deepEqual([bridge.of('Open').length, subscriptions(bridge), bridge.of('Unsubscribe').length], [2, ['a'], 0]);
  assert.deepEqual(first.got, [['up', 'tcp://a:1'], 'a1']);

  await (await tab.load()).context.ready(); // and again
  assert.equal(bridge.of('Hello').filter(({ name }) => name.length > 0).length, 2);
  assert.equal(bridge.connections.length, 3);
});

test('it gets what it asks for, which may be something else', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  await (await tab.subscribe(['a', 'b'])).socket.ready();
  const loading = tab.subscribe(['b', 'c']);
  bridge.session.write(message('a1'), message('b1'), message('c1'));
  const { socket, got } = await loading;
  await socket.ready();
  await bridge.want('Unsubscribe');
  assert.deepEqual(subscriptions(bridge), ['a', 'b', 'c']);
  assert.deepEqual(bridge.of('Unsubscribe').map((frame) => frame.id), [1]);
  assert.deepEqual(got, ['b1', 'c1', ['up', 'tcp://a:1']]); // up waits for the new subscription
});

test('everything is matched: type, identity, address and params', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  const make = async ({ zmq, context }) => {
    const sockets = [
      [zmq.REQ, {}, 'tcp://a:1', undefined],
      [zmq.REQ, {}, 'tcp://a:1', { user: 'x' }],
      [zmq.REQ, { identity: 'me' }, 'tcp://a:1', undefined],
      [zmq.DEALER, {}, 'tcp://a:1', undefined],
      [zmq.REQ, {}, 'tcp://a:2', undefined],
    ].map(([type, options, address, params]) => {
      const socket = context.Socket(type, options);
      socket.connect(address, params);
      return socket;
    });
    await Promise.all(sockets.map((socket) => socket.ready()));
    return sockets.filter(({ type }) => type === zmq.REQ);
  };
  await make(await tab.load());
  assert.equal(bridge.of('Open').length, 5);
  const sockets = await make(await tab.load());
  assert.equal(bridge.of('Open').length, 5);
  for (const [i, socket] of sockets.entries()) socket.request(`${i}`).catch(() => {});
  await bridge.want('Request', 4);
  assert.deepEqual(bridge.of('Request').map(({ socket, body }) => [socket, text(body[0])]), [
    [1, '0'],
    [2, '1'],
    [3, '2'],
    [5, '3'],
  ]);
});

test('a socket that nobody makes again is closed after a while', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  await (await tab.subscribe(['a'])).socket.ready();
  const { setTimeout } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (fn, ms, ...args) => setTimeout(fn, ms === 5000 ? 20 : ms, ...args));
  await tab.load();
  assert.equal((await bridge.want('Close')).socket, 1);
});

test('what had come and was not handed to the page is a gap', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  const { zmq, context } = await tab.load();
  const socket = context.Socket(zmq.SUB);
  socket.connect('tcp://a:1', { user: 'hugo' });
  socket.subscribe('a');
  await socket.ready();
  bridge.write(message('a1'), message('a2'), message('a3'));
  assert.equal(String(await socket.receive()), 'a1');
  const loading = tab.subscribe(['a']);
  bridge.session.write(message('a4'));
  const { got } = await loading;
  await until(() => got.includes('a4'));
  assert.deepEqual(got, [['up', 'tcp://a:1'], ['gap', { missed: 2, code: 'lost' }], 'a4']);
});

test('a page that is loaded twice in a row hands everything on', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  await (await tab.subscribe(['a'])).socket.ready();
  const second = await tab.load(); // this page makes no socket
  bridge.session.write(message('a1'));
  await second.context.ready();
  const { got } = await tab.subscribe(['a']);
  bridge.session.write(message('a2'));
  await until(() => got.includes('a2'));
  const missed = got.includes('a1') ? [] : [['gap', { missed: 1, code: 'lost' }]];
  assert.deepEqual(got.filter((it) => it !== 'a1'), [['up', 'tcp://a:1'], ...missed, 'a2']);
});

test('positions are handed on', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  const first = await tab.subscribe(['a']);
  await first.socket.ready();
  bridge.write({ kind: 'Position', socket: 1, id: 1, offset: 4, name: 'e' }, { kind: 'Publication', socket: 1, id: 1, offset: 5, body: ['a5'] });
  await until(() => first.got.includes('a5'));
  const { socket, got } = await tab.subscribe(['a']);
  await until(() => socket.position() === '5@e');
  bridge.session.write({ kind: 'Publication', socket: 1, id: 1, offset: 6, body: ['a6'] });
  await until(() => got.includes('a6'));
  assert.equal(socket.position(), '6@e');
});

test('a socket with fewer endpoints than before is made anew, and says that it may have missed something', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  const first = await tab.subscribe(['a']);
  first.socket.connect('tcp://b:1');
  await first.socket.ready();
  const { socket, got } = await tab.subscribe(['a']);
  await bridge.want('Close');
  await socket.ready();
  const opens = bridge.of('Open').map((frame) => `${frame.socket} ${frame.text}`);
  assert.deepEqual(opens, ['1 tcp://a:1', '1 tcp://b:1', `${bridge.of('Open')[2].socket} tcp://a:1`]);
  assert.deepEqual(got, [['gap', { missed: 0, code: 'lost' }], ['up', 'tcp://a:1']]);
  bridge.write(message('a1', bridge.of('Open')[2].socket));
  await until(() => got.includes('a1'));
});

test('what was refused is asked for again', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  bridge.on('Open', ({ socket, id }) => bridge.write({ kind: 'Refused', socket, id, code: 3, text: 'not yet' }));
  const first = await tab.subscribe(['a']);
  first.socket.on('error', () => {});
  assert.equal((await failure(first.socket.ready())).code, 'denied');
  bridge.on('Open', ({ socket, id }) => bridge.write({ kind: 'Opened', socket, id }));
  await (await tab.subscribe(['a'])).socket.ready();
});

test('a page that is left before it has started hands on what it found', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  await (await tab.subscribe(['a'])).socket.ready();
  await tab.subscribe(['a']); // the engine of this page is still loading
  const third = tab.subscribe(['a']);
  bridge.session.write(message('a1'));
  const { got } = await third;
  await until(() => got.includes('a1'));
  assert.deepEqual(got, [['up', 'tcp://a:1'], 'a1']);
  assert.equal(bridge.of('Open').length, 1);
});

test('where the session is gone everything is opened again', async (t) => {
  const tab = new Tab(t);
  const { bridge } = tab;
  await (await tab.subscribe(['a'])).socket.ready();
  const loading = tab.subscribe(['a']);
  bridge.forget();
  const { context, socket, got } = await loading;
  const reset = await new Promise((resolve) => context.on('reset', resolve));
  assert.equal(reset.code, 'lost');
  await bridge.want('Open', 2);
  await socket.ready();
  await until(() => got.length >= 2);
  bridge.write(message('a1'));
  await until(() => got.includes('a1'));
  assert.deepEqual(got.filter(([event]) => event === 'gap'), [['gap', { missed: 0, code: 'lost' }]]);
});

test('who did not ask for it stores nothing', async (t) => {
  const tab = new Tab(t);
  const { context } = await tab.load({});
  await context.ready();
  tab.window.hide();
  assert.equal(tab.bridge.connection.closed.code, 1000);
  assert.equal(tab.storage.size, 0);
});

test('resume is refresh or nothing', async (t) => {
  const tab = new Tab(t);
  await assert.rejects(tab.load({ resume: true }), { code: 'invalid' });
});

test('a page that comes back out of the cache goes on itself', async (t) => {
  const tab = new Tab(t);
  const { context, socket, got } = await tab.subscribe(['a']);
  await socket.ready();
  tab.window.hide(true);
  tab.bridge.session.write(message('a1'));
  assert.equal(tab.storage.size, 1);
  tab.window.show();
  assert.equal(tab.storage.size, 0);
  await new Promise((resolve) => context.on('resumed', resolve));
  await until(() => got.includes('a1'));
  assert.deepEqual(got, [['up', 'tcp://a:1'], 'a1']);
});

test('whatever is stored, the page works', async (t) => {
  const tab = new Tab(t);
  await (await tab.subscribe(['a'])).socket.ready();
  tab.window.hide();
  const [[key, good]] = tab.storage;
  const { session, sockets } = JSON.parse(good);
  const bad = [
    '', 'x', 'null', '[]', '{}', '{"session":1,"sockets":[]}', '{"session":"*","sockets":[]}',
    JSON.stringify({ session: 'AAAA', sockets }),
    JSON.stringify({ session, sockets: [{}] }),
    JSON.stringify({ session, sockets: [null] }),
    JSON.stringify({ session, sockets: [{ ...sockets[0], endpoints: [null] }] }),
    JSON.stringify({ session, sockets: [{ ...sockets[0], number: 'x' }] }),
    JSON.stringify({ session: session.slice(0, -8), sockets }),
  ];
  for (const stored of bad) {
    tab.window = undefined; // without a window, no event tells that the page is left
    tab.storage.clear();
    tab.storage.set(key, stored);
    const { socket } = await tab.subscribe(['a']);
    await socket.ready();
    assert.equal(tab.storage.size, 0);
    assert.equal(tab.bridge.of('Hello').at(-1).name.length, 0);
  }
});

test('where there is no room to store it, the session ends with the page', async (t) => {
  const tab = new Tab(t);
  const { context } = await tab.load();
  await context.ready();
  globalThis.sessionStorage.setItem = () => {
    throw new Error('full');
  };
  tab.window.hide();
  assert.equal(tab.bridge.connection.closed.code, 1000);
});

test('contexts of a page are told apart', async (t) => {
  const tab = new Tab(t);
  const { zmq, context } = await tab.load();
  const WebSocket = tab.bridge.WebSocket;
  const other = new zmq.Context('ws://bridge.test/data', { WebSocket, resume: 'refresh' });
  await Promise.all([context.ready(), other.ready()]);
  tab.window.hide();
  assert.equal(tab.storage.size, 2);
  await other.close();
  const third = new zmq.Context('ws://bridge.test/data', { WebSocket, resume: 'refresh' });
  assert.equal(tab.storage.size, 1); // it has taken the place of the one that was closed
  await third.ready();
  third.close();
});

test('a request that nobody waits for any more does not fail twice', async (t) => {
  const tab = new Tab(t);
  const { zmq, context } = await tab.load();
  const req = context.Socket(zmq.REQ);
  req.connect('tcp://a:1');
  const request = failure(req.request('x'));
  await tab.bridge.want('Request');
  await tab.load();
  await context.close();
  assert.equal((await request).code, 'closed');
});
