// What a message and a call cost, in things that can be counted: calls of the engine, and frames made. Times are in
// BENCHMARKS.md.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, until, zmq } from './support/page.mjs';

/** Counts the calls of each function of the engine, until the test ends. */
function crossings(t, { exports }) {
  const counts = {};
  for (const [name, fn] of Object.entries(exports)) {
    counts[name] = 0;
    exports[name] = (...args) => (counts[name]++, fn(...args));
    t.after(() => void (exports[name] = fn));
  }
  return counts;
}

/** Counts the frames that are made, until the test ends. */
function framesMade(t) {
  const { construct } = Reflect;
  const counted = { frames: 0 };
  Reflect.construct = (target, args, made) => {
    if (target === Uint8Array) counted.frames++;
    return construct(target, args, made);
  };
  t.after(() => void (Reflect.construct = construct));
  return counted;
}

const messages = (count, ...body) => Array.from({ length: count }, () => ({ kind: 'Message', socket: 1, body }));

for (const [name, frames, listen] of [
  ['a callback that looks at nothing', 0, (socket, got) => (socket.onmessage = () => got())],
  ['a callback that takes the text', 1, (socket, got) => (socket.onmessage = (_text) => got())],
  ['a callback that takes the parts', 3, (socket, got) => (socket.onmessage = (_text, _parts) => got())],
  ['a loop', 3, async (socket, got) => {
    for await (const _parts of socket) got();
  }],
]) {
  test(`${name} makes ${frames} frames of a message of three parts, and 100 messages cost a few calls`, async (t) => {
    const { bridge, socket } = connected(t, zmq.PULL);
    await socket.ready();
    let got = 0;
    listen(socket, () => got++);
    const calls = crossings(t, socket.engine);
    const made = framesMade(t);
    bridge.write(...messages(100, 'a', '', 'b'));
    await until(() => got === 100);
    assert.equal(made.frames, 100 * frames);
    assert.equal(calls.feed, 1);
    const all = Object.values(calls).reduce((sum, count) => sum + count, 0);
    assert.ok(all < 15, JSON.stringify(calls)); // beside feed: memory for it, then taking, consumed and the time
  });
}

test('a call crosses into the engine once, however many are under way', async (t) => {
  const bridge = new Bridge().on('Request', ({ id }) =>
    bridge.write({ kind: 'Reply', socket: 1, id, body: [`{"returnval":${id}}`] }),
  );
  const { socket } = connected(t, zmq.REQ, {}, bridge);
  await socket.ready();
  const client = new zmq.RPCClient(socket);
  await client.call('warm');
  const calls = crossings(t, socket.engine);
  const made = framesMade(t);
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.call('add', [i, 'text'], { by: 1 })));
  assert.equal(answers.length, 50);
  assert.equal(new Set(answers).size, 50);
  assert.deepEqual([calls.request, calls.rpcCall, calls.rpcResult, made.frames], [50, 0, 0, 50]);
});

test('what nests too deep is left to the engine, which says so', async (t) => {
  const { socket } = connected(t, zmq.REQ);
  await socket.ready();
  const calls = crossings(t, socket.engine);
  let deep = [];
  for (let i = 0; i < 600; i++) deep = [deep];
  await assert.rejects(new zmq.RPCClient(socket).call('f', [deep]), { code: 'invalid' });
  assert.equal(calls.rpcCall, 1);
});

test('messages are acknowledged in time, though the page has nothing to write', async (t) => {
  const { bridge, socket } = connected(t, zmq.PULL, {}, new Bridge({ retain: 60_000 }));
  let got = 0;
  socket.onmessage = () => got++;
  await socket.ready();
  const opened = (await bridge.want('Ack')).seq + 1; // the Ack says that Welcome has come; Opened has come since
  const before = bridge.frames.length;
  bridge.write(...messages(10, 'a'));
  await until(() => got === 10);
  assert.deepEqual(bridge.frames.slice(before), []);
  await until(() => bridge.of('Ack').at(-1).seq === opened + 10);
});
