import assert from 'node:assert/strict';
import test from 'node:test';
import { connected, failure, sleep, until, zmq } from './support/page.mjs';

const ask = (bridge, ...requests) =>
  bridge.write(...requests.map(([id, ...body]) => ({ kind: 'Request', socket: 1, id, body })));
const replies = (bridge) => bridge.of('Reply').map(({ id, body }) => `${id} ${body.map((part) => Buffer.from(part))}`);

test('a REP socket is bound at the bridge, by its identity', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  await socket.ready();
  const { flags, name, type } = bridge.of('Open')[0];
  assert.deepEqual([flags, Buffer.from(name).toString(), type], [1, socket.identity, 4]);
});

test('requests are delivered one at a time, the next when one is answered', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  const got = [];
  socket.onmessage = (text) => got.push(text);
  await socket.ready();
  ask(bridge, [1, 'a'], [2, 'b']);
  await until(() => got.length > 0);
  await sleep(5);
  assert.deepEqual(got, ['a']);
  socket.send('re a');
  await bridge.want('Reply');
  await until(() => got.length > 1);
  assert.deepEqual(got, ['a', 'b']);
  await socket.send(['re', 'b']);
  await bridge.want('Reply', 2);
  assert.deepEqual(replies(bridge), ['1 re a', '2 re,b']);
});

test('answering from inside the handler does not recur', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  let depth = 0;
  socket.onmessage = (text) => {
    assert.equal(++depth, 1);
    socket.send(text);
    depth--;
  };
  await socket.ready();
  ask(bridge, ...Array.from({ length: 500 }, (_, i) => [i + 1, `${i}`]));
  await bridge.want('Reply', 500);
  assert.equal(replies(bridge)[499], '500 499');
});

test('a handler that throws or rejects is reported, and the next request delivered', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  const reported = [];
  t.mock.method(console, 'error', (what) => reported.push(what.message));
  socket.onmessage = (text) => {
    if (text === 'throw') throw new Error(text);
    if (text === 'reject') return Promise.reject(new Error(text));
    return socket.send(text);
  };
  await socket.ready();
  ask(bridge, [1, 'throw'], [2, 'reject'], [3, 'c']);
  await bridge.want('Reply');
  assert.deepEqual(replies(bridge), ['3 c']);
  assert.deepEqual(reported, ['throw', 'reject']);
});

test('requests can be iterated over', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  await socket.ready();
  ask(bridge, [1, 'a'], [2, 'b']);
  let left = 2;
  for await (const [body] of socket) {
    socket.send(`re ${body}`);
    if (--left === 0) break;
  }
  await bridge.want('Reply', 2);
  assert.deepEqual(replies(bridge), ['1 re a', '2 re b']);
});

test('there has to be a request to answer', async (t) => {
  const { socket } = connected(t, zmq.REP);
  assert.equal((await failure(socket.send('x'))).code, 'invalid');
});

test('an answer to a connection that is gone goes to nobody else', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  const got = [];
  socket.onmessage = (text) => got.push(text);
  await socket.ready();
  ask(bridge, [1, 'old'], [2, 'dropped']);
  await until(() => got.length > 0);
  bridge.connection.drop();
  await bridge.want('Open', 2);
  ask(bridge, [1, 'new']);
  await sleep(10);
  assert.deepEqual(got, ['old']);
  assert.equal((await failure(socket.send('re old'))).code, 'lost');
  await until(() => got.length > 1);
  assert.deepEqual(got, ['old', 'new']);
  await socket.send('re new');
  await bridge.want('Reply');
  assert.deepEqual(replies(bridge), ['1 re new']);
});
