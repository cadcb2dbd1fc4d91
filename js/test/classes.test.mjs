// What zeromq.js's own tests cannot show: how its classes stand to a bridge.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import * as classes from '../dist/zeromq.node.mjs';
import { Bridge } from './support/bridge.mjs';
import { failure, page, texts, until, zmq } from './support/page.mjs';

const address = 'tcp://backend.test:1';

/** Makes a socket of a class on a fake bridge. */
function made(t, Class, options = {}) {
  const all = page(t);
  const socket = new Class({ context: all.context, ...options });
  t.after(() => socket.close());
  return { ...all, socket };
}

/** What the bridge answers to an Open. */
const answers = (bridge, answer) => bridge.on('Open', ({ socket, id }, connection) => connection.write({ socket, id, ...answer }));

test('where the bridge listens, if that was left to it', async (t) => {
  const { bridge, socket, context } = made(t, classes.Pull);
  answers(bridge, { kind: 'Opened', text: 'tcp://127.0.0.1:4711' });
  const told = new Promise((resolve) => socket.events.on('bind', resolve));
  await socket.bind('tcp://127.0.0.1:*');
  assert.equal(socket.lastEndpoint, 'tcp://127.0.0.1:4711');
  assert.deepEqual(await told, { type: 'bind', address: 'tcp://127.0.0.1:4711' });
  const other = context.Socket(zmq.PULL);
  await other.bind('tcp://127.0.0.1:*');
  assert.equal(other.lastEndpoint, 'tcp://127.0.0.1:4711');
});

for (const [what, where, code, name, reason] of [
  ['an address that is denied', address, 3, 'EACCES', 'denied'],
  ['a name that the bridge does not know', 'prices', 3, 'EINVAL', 'denied'],
  ['what the bridge does not offer', address, 4, 'ENOTSUP', 'unsupported'],
]) {
  test(`${what} has the code of libzmq, and that of this library as the reason`, async (t) => {
    const { bridge, socket } = made(t, classes.Dealer);
    answers(bridge, { kind: 'Refused', code, text: 'no' });
    const why = await failure(socket.connect(where));
    assert.deepEqual([why.code, why.reason, why.address, why.cause.message], [name, reason, where, 'no']);
  });
}

for (const [code, type] of [[2, 'handshake:error:auth'], [13, 'handshake:error:protocol'], [5, 'connect:retry']]) {
  test(`a backend that is away for the reason ${code} is the event ${type}`, async (t) => {
    const { bridge, socket } = made(t, classes.Dealer);
    answers(bridge, { kind: 'State', code, text: 'why' });
    const told = new Promise((resolve) => socket.events.on(type, resolve));
    await socket.connect(address); // the bridge goes on trying
    assert.equal((await told).address, address);
  });
}

test('a backend that comes and goes is connect, handshake and disconnect', async (t) => {
  const { bridge, socket } = made(t, classes.Dealer);
  const { events } = socket;
  await socket.connect(address);
  bridge.write({ kind: 'State', socket: 1, id: 1, code: 5, text: 'gone' });
  const types = [];
  for await (const { type } of events) {
    types.push(type);
    if (type === 'disconnect') socket.close();
  }
  assert.deepEqual(types, ['connect:delay', 'connect', 'handshake', 'disconnect', 'close', 'end']);
});

test('with conflate only the last message is kept', async (t) => {
  const { bridge, socket } = made(t, classes.Pull, { conflate: true });
  await socket.connect(address);
  bridge.write(...['a', 'b', 'c'].map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  await until(() => socket.readable);
  assert.deepEqual(texts(await socket.receive()), ['c']);
  assert.equal(socket.readable, false);
});

test('messages over maxMessageSize are not received', async (t) => {
  const { bridge, socket } = made(t, classes.Pull, { maxMessageSize: 2 });
  await socket.connect(address);
  bridge.write(...['abc', 'ab'].map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  assert.deepEqual(texts(await socket.receive()), ['ab']);
});

test('several that receive at the same time queue', async (t) => {
  const { bridge, socket } = made(t, classes.Pull);
  await socket.connect(address);
  const both = Promise.all([socket.receive(), socket.receive()]);
  bridge.write(...['a', 'b'].map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  assert.deepEqual((await both).map(texts), [['a'], ['b']]);
});

test('a request waits for a backend that comes back', async (t) => {
  const { bridge, socket } = made(t, classes.Request);
  bridge.on('Request', ({ id }, connection) => {
    if (bridge.of('Request').length > 1) return connection.write({ kind: 'Reply', socket: 1, id, body: ['yes'] });
    connection.write({ kind: 'State', socket: 1, id: 1, code: 5, text: 'gone' }, { kind: 'Failed', socket: 1, id, code: 5, text: 'gone' });
    setTimeout(() => connection.write({ kind: 'State', socket: 1, id: 1, code: 0, text: '' }), 5);
  });
  await socket.connect(address);
  await socket.send('there?');
  assert.deepEqual(texts(await socket.receive()), ['yes']);
});

test('a context without a URL is that of configure', (t) => {
  zmq.configure({ url: 'ws://configured.test/data' });
  const context = new zmq.Context(null, { WebSocket: new Bridge().WebSocket });
  t.after(() => context.close());
  assert.equal(context.url, 'ws://configured.test/data');
});

// What the README says of options and events.
const file = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const readme = file('../README.md').split("## zeromq.js's classes")[1];
const words = (text) => [...text.matchAll(/`([\w:]+)`/g)].map(([, word]) => word);
const row = (begin) => readme.split('\n').find((line) => line.startsWith(`| ${begin}`));
const defined = [...file('../src/zeromq/options.ts').matchAll(/\b(\w+): \[\d+, ('\w+'|[\w-]+), '(\w+)'/g)];
const ofFate = (fate) => new Set(defined.filter(([, , , it]) => it === fate).map(([, name]) => name));

for (const [fate, begin] of [['honoured', 'honoured'], ['kept', 'kept'], ['read', 'can only be read']]) {
  test(`the options that are ${fate} are those of the README`, () => {
    assert.deepEqual(new Set(words(row(begin))), ofFate(fate));
  });
}

const refusals = readme.split('| Refused | Why |')[1].split('\n\n')[0].split('\n').filter((line) => line.includes('`'));
const why = new Map(refusals.flatMap((line) => words(line.split(' | ')[0]).map((name) => [name, line.split(' | ')[1].replace(/ \|$/, '')])));

test('the options that are refused say why, in the words of the README', async () => {
  const made = Object.values(classes).filter((it) => it.prototype instanceof classes.Socket && it !== classes.Stream);
  for (const name of ofFate('refused')) {
    const Class = made.find((it) => name in it.prototype);
    for (const other of [true, 'a text']) {
      const socket = new Class();
      const wrong = typeof socket[name] === 'boolean' ? typeof other !== 'boolean' : typeof other === 'boolean';
      if (!wrong) assert.throws(() => (socket[name] = other), { code: 'ENOTSUP', reason: 'unsupported', message: `${name}: ${why.get(name)}` });
      socket[name] = socket[name];
      socket.close();
    }
  }
  for (const refused of [
    () => (new classes.XPublisher().verbosity = 'allSubs'),
    () => new classes.Dealer({ reconnectInterval: -1 }),
    () => new classes.Router().connect(address, { routingId: 'peer' }),
  ]) {
    assert.throws(refused, ({ reason, message }) => reason === 'unsupported' && [...why.values()].some((it) => message.endsWith(it)));
  }
});

test('each event is told, or it is said that it is not', () => {
  const known = [...file('../src/zeromq/observer.ts').split('interface Events {')[1].split('\n}')[0].matchAll(/^  '?([\w:]+)'?: \{/gm)];
  const [told, never] = [row('`connect:delay`').split(' | ')[0], row('`accept`').split(' | ')[0]].map(words);
  assert.deepEqual([...told, ...never].sort(), known.map(([, name]) => name).sort());
  const sources = readdirSync(new URL('../src/zeromq', import.meta.url)).map((it) => file(`../src/zeromq/${it}`)).join('');
  const tells = new Set([...sources.matchAll(/type: '([\w:]+)'/g)].map(([, name]) => name));
  assert.deepEqual([...tells].sort(), [...told].sort());
});
