import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, zmq } from './support/page.mjs';

const disconnects = 2;
const lingers = 4;
const textOf = ({ body }) => Buffer.from(body[0]).toString();
const credit = (messages) => ({ kind: 'Credit', socket: 1, messages, bytes: 1 << 20 });

test('what was sent before close leaves when there is credit', async (t) => {
  const { bridge, socket } = connected(t, zmq.PUSH);
  await socket.ready();
  for (let i = 0; i < 1005; i++) socket.send(`${i}`);
  const closed = socket.close();
  await sleep(10);
  assert.equal(bridge.of('Close').length, 0);
  bridge.write(credit(2000));
  await bridge.want('Close');
  assert.deepEqual(bridge.of('Message').map(textOf), Array.from({ length: 1005 }, (_, i) => `${i}`));
  assert.equal(await closed, 0);
  assert.equal(bridge.of('Close')[0].millis, 0);
});

test('what was sent before the engine was there leaves, and the context waits for it', async (t) => {
  const { bridge, context } = page(t);
  bridge.on('Open', ({ socket, id }, connection) => connection.write({ kind: 'Opened', socket, id }, { ...credit(10), socket }));
  const push = context.Socket(zmq.PUSH);
  push.connect('tcp://a:1');
  push.send('pushed');
  const req = context.Socket(zmq.REQ);
  req.connect('tcp://b:1');
  const asked = failure(req.request('asked'));
  assert.equal(await context.close(), 0);
  assert.equal((await asked).code, 'closed');
  assert.equal(textOf(await bridge.want('Message')), 'pushed'); // it was written, and is on its way
  assert.equal(textOf(await bridge.want('Request')), 'asked');
});

test('requests that wait for their turn are sent by close', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  await socket.ready();
  const all = ['a', 'b', 'c'].map((it) => failure(socket.send(it)));
  socket.close();
  await bridge.want('Close');
  assert.deepEqual(bridge.of('Request').map(textOf), ['a', 'b', 'c']);
  for (const why of await Promise.all(all)) assert.equal(why.code, 'closed');
});

test('close tells how many messages were not passed on', async (t) => {
  const bridge = new Bridge({ flags: lingers });
  bridge.on('Close', ({ socket }, connection) => connection.write({ kind: 'Closed', socket, code: 12, messages: 3 }));
  const { context } = page(t, {}, bridge);
  const socket = context.Socket(zmq.PUSH);
  socket.connect('tcp://a:1');
  await socket.ready();
  bridge.write(credit(1));
  await socket.send('a');
  await bridge.want('Message');
  assert.equal(await socket.close({ linger: 5000 }), 3);
  const { millis } = await bridge.want('Close');
  assert.ok(millis > 4000 && millis <= 5000, `${millis}`);
});

test('close rejects when nobody knows what became of the messages', async (t) => {
  const bridge = new Bridge({ flags: lingers });
  const { context } = page(t, { minReconnectDelay: 1 }, bridge);
  const pushed = async () => {
    const socket = context.Socket(zmq.PUSH);
    socket.connect('tcp://a:1');
    await socket.ready();
    bridge.write({ ...credit(1), socket: bridge.of('Open').at(-1).socket });
    await socket.send('a');
    return socket;
  };
  const late = failure((await pushed()).close({ linger: 20 })); // the bridge does not answer
  assert.equal((await late).code, 'lost');
  const cut = failure((await pushed()).close({ linger: 5000 }));
  await bridge.want('Close', 2);
  bridge.connection.drop(); // and with it the session
  assert.equal((await cut).code, 'lost');
  const ended = failure((await pushed()).close({ linger: 5000 }));
  await bridge.want('Close', 3);
  await context.close({ linger: 20 });
  assert.equal((await ended).code, 'lost');
  (await pushed().catch(() => undefined))?.close(); // nobody looks, and nothing is thrown
});

test('what has not left when the time is over is dropped, and counted', async (t) => {
  const { bridge, socket, context } = connected(t, zmq.PUSH);
  await socket.ready();
  const all = Array.from({ length: 1002 }, () => socket.send('x'));
  assert.equal(await socket.close({ linger: 50 }), 1002);
  assert.equal((await failure(all[1001])).code, 'closed');
  assert.equal(bridge.of('Message').length, 0);
  const other = context.Socket(zmq.PUSH);
  other.connect('tcp://b:1');
  other.send('x');
  assert.equal(await context.close({ linger: 20 }), 1);
});

test('a context with nothing to send is closed at once', async (t) => {
  for (const use of [() => {}, (context) => context.Socket(zmq.SUB).connect('tcp://a:1')]) {
    const { context } = page(t);
    use(context);
    context.close();
    assert.equal(context.status().state, 'closed');
    const late = context.Socket(zmq.PUSH);
    assert.equal((await failure(late.send('x'))).code, 'closed');
  }
});

test('while a context lingers, nothing new is begun on it', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.PUSH);
  await socket.ready();
  socket.send('x');
  const closed = context.close();
  assert.equal((await failure(context.ready())).code, 'closed');
  assert.equal((await failure(socket.send('y'))).code, 'closed');
  assert.equal((await failure(context.Socket(zmq.PUSH).send('z'))).code, 'closed');
  bridge.write(credit(5));
  assert.equal(await closed, 0);
  assert.equal(textOf(await bridge.want('Message')), 'x');
});

test('a linger that is no time is refused', (t) => {
  const { context, socket } = connected(t, zmq.PUSH);
  assert.throws(() => socket.close({ linger: -1 }), { code: 'invalid' });
  assert.throws(() => context.close({ linger: NaN }), { code: 'invalid' });
});

test('disconnect is fulfilled when the bridge has let go', async (t) => {
  const { context, bridge } = page(t, {}, new Bridge({ flags: disconnects }));
  const socket = context.Socket(zmq.SUB);
  socket.connect('tcp://a:1');
  socket.connect('tcp://b:1');
  await socket.ready();
  let done = false;
  const disconnected = socket.disconnect('tcp://a:1').then(() => (done = true));
  const { socket: number, id } = await bridge.want('Disconnect');
  assert.deepEqual([number, id, done], [1, 1, false]);
  bridge.write({ kind: 'Disconnected', socket: 1, id: 1 }, { kind: 'State', socket: 1, id: 1, code: 5 });
  await disconnected;
  await socket.ready();
  assert.equal((await failure(socket.disconnect('tcp://a:1'))).code, 'invalid');
  assert.equal((await failure(socket.unbind('tcp://b:1'))).code, 'invalid');
  await socket.connect('tcp://a:1');
  assert.equal(bridge.of('Open').at(-1).id, 3);
});

test('an older bridge cannot disconnect, and the endpoint stays', async (t) => {
  const { socket, bridge } = connected(t, zmq.SUB);
  await socket.ready();
  assert.equal((await failure(socket.disconnect(bridge.of('Open')[0].text))).code, 'unsupported');
  await socket.ready();
  assert.equal(bridge.of('Disconnect').length, 0);
});

test('what was disconnected is not opened again on a new session', async (t) => {
  const bridge = new Bridge({ flags: disconnects });
  const { context } = page(t, { minReconnectDelay: 1 }, bridge);
  const socket = context.Socket(zmq.SUB);
  socket.connect('tcp://a:1');
  socket.connect('tcp://b:1');
  await socket.ready();
  const disconnected = socket.disconnect('tcp://a:1');
  await bridge.want('Disconnect');
  bridge.connection.drop();
  await disconnected; // the session is gone, and everything with it
  const { text, id } = await bridge.want('Open', 3);
  assert.deepEqual([text, id], ['tcp://b:1', 1]);
  await socket.ready();
  await socket.connect('tcp://c:1');
});
