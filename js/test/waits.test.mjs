// Whatever waits can be given up: with a signal, or when its own time is over.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, sleep, zmq } from './support/page.mjs';

const address = 'tcp://backend.test:1';

/** A bridge that does not answer this kind of frame. */
const silent = (kind) => new Bridge({ flags: 0b0010 }).on(kind, () => {});

for (const [what, kind, call] of [
  ['connect', 'Open', (socket, options) => socket.connect(address, null, options)],
  ['bind', 'Open', (socket, options) => socket.bind(address, null, options)],
  ['disconnect', 'Disconnect', async (socket, options) => (await socket.connect(address), socket.disconnect(address, options))],
  ['unbind', 'Disconnect', async (socket, options) => (await socket.bind(address), socket.unbind(address, options))],
]) {
  test(`${what} is given up in time, or with a signal`, async (t) => {
    const { context } = page(t, {}, silent(kind));
    const made = () => context.Socket(zmq.PULL);
    assert.equal((await failure(call(made(), { timeout: 5 }))).code, 'timeout');
    const controller = new AbortController();
    const waiting = failure(call(made(), { signal: controller.signal }));
    setTimeout(() => controller.abort('enough'), 5);
    assert.equal(await waiting, 'enough');
    assert.equal(await failure(call(made(), { signal: AbortSignal.abort('before') })), 'before');
    assert.equal((await failure(call(made(), { timeout: 'soon' }))).code, 'invalid');
    assert.equal((await failure(call(made(), { signal: 1 }))).code, 'invalid');
  });
}

test('a connect that is aborted is taken back', async (t) => {
  const { bridge, context } = page(t, {}, silent('Open'));
  const socket = context.Socket(zmq.PULL);
  const controller = new AbortController();
  const waiting = failure(socket.connect(address, null, { signal: controller.signal }));
  await bridge.want('Open');
  controller.abort('enough');
  assert.equal(await waiting, 'enough');
  assert.equal((await bridge.want('Disconnect')).id, 1);
  assert.equal((await failure(socket.ready())).code, 'invalid'); // it is connected to nothing
});

test('one that is aborted before anything happened asks for nothing', async (t) => {
  const { bridge, context } = page(t);
  const socket = context.Socket(zmq.PULL);
  await failure(socket.connect(address, null, { signal: AbortSignal.abort('no') }));
  await context.ready();
  await sleep(5);
  assert.deepEqual(bridge.of('Open'), []);
});

test('a connect waits for as long as its options say, also if that is longer than the socket would', async (t) => {
  const bridge = new Bridge().on('Open', ({ socket, id }, connection) => setTimeout(() => connection.write({ kind: 'Opened', socket, id }), 30));
  const { context } = page(t, { requestTimeout: 5 }, bridge);
  await context.ready({ timeout: 5000 });
  assert.equal((await failure(context.Socket(zmq.PULL).connect(address))).code, 'timeout');
  await context.Socket(zmq.PULL).connect(address, null, { timeout: 5000 });
});

test('a message that waits for room is given up, and not sent', async (t) => {
  const { bridge, socket } = connected(t, zmq.PUSH, {}, new Bridge());
  await socket.ready();
  for (let full = false; !full; ) full = await Promise.race([socket.send('x').then(() => false), sleep(2).then(() => true)]);
  const controller = new AbortController();
  const waiting = failure(socket.send('given up', { signal: controller.signal }));
  const late = failure(socket.send('late', { timeout: 1 }));
  controller.abort('enough');
  assert.equal(await waiting, 'enough');
  assert.equal((await late).code, 'timeout');
  assert.equal(await failure(socket.send('never', { signal: AbortSignal.abort('before') })), 'before');
  const last = socket.send('last', { timeout: 5000 });
  bridge.write({ kind: 'Credit', socket: 1, messages: 5000, bytes: 1 << 20 });
  await last;
  await sleep(5);
  const sent = bridge.of('Message').map(({ body }) => String.fromCharCode(...body[0]));
  assert.equal(sent.at(-1), 'last');
  assert.deepEqual(sent.filter((it) => it !== 'x'), ['last']);
});

test('a send on a REQ ends as its options say', async (t) => {
  const { socket } = connected(t, zmq.REQ, {}, new Bridge());
  await socket.ready();
  assert.equal((await failure(socket.send('x', { timeout: 5 }))).code, 'timeout');
  assert.equal(await failure(socket.send('x', { signal: AbortSignal.abort('no') })), 'no');
});
