import assert from 'node:assert/strict';
import test from 'node:test';
import { connected, failure, page, sleep, texts, zmq } from './support/page.mjs';

/** A PULL socket with messages 0, 1, 2 …, one whenever publish is called. */
async function pulling(t) {
  const { bridge, socket } = connected(t, zmq.PULL);
  await socket.ready();
  let sent = 0;
  return { bridge, socket, publish: () => bridge.write({ kind: 'Message', socket: 1, body: [String(sent++)] }) };
}

/** Receives until nothing comes any more. */
async function rest(socket) {
  const got = [];
  for (;;) {
    const message = await socket.receive({ timeout: 30 }).catch(() => undefined);
    if (message === undefined) return got;
    got.push(String(message));
  }
}

const numbers = (count) => Array.from({ length: count }, (_, i) => String(i));

test('a receive that is aborted in the turn in which a message comes loses nothing', async (t) => {
  const { bridge, context, socket: stop } = connected(t, zmq.SUB);
  stop.subscribe('');
  const work = context.Socket(zmq.PULL);
  work.connect('tcp://backend.test:2');
  await Promise.all([stop.ready(), work.ready()]);
  let abort;
  stop.onmessage = () => abort.abort('enough');
  const got = [];
  for (let i = 0; i < 50; i++) {
    abort = new AbortController();
    bridge.write({ kind: 'Message', socket: 2, body: [String(i)] }, { kind: 'Message', socket: 1, body: ['stop'] });
    await work.receive({ signal: abort.signal }).then((message) => got.push(String(message)), () => {});
  }
  got.push(...(await rest(work)));
  assert.deepEqual(got, numbers(50));
});

test('a receive with a signal that was aborted before takes nothing', async (t) => {
  const { socket, publish } = await pulling(t);
  publish();
  await sleep(5);
  assert.equal(await failure(socket.receive({ signal: AbortSignal.abort('no') })), 'no');
  assert.equal(String(await socket.receive()), '0');
});

test('a receive whose time is over takes nothing from the next', async (t) => {
  const { socket, publish } = await pulling(t);
  assert.equal((await failure(socket.receive({ timeout: 1 }))).code, 'timeout');
  publish();
  assert.equal(String(await socket.receive({ timeout: 1000 })), '0');
  publish();
  await sleep(5);
  assert.equal(String(await socket.receive({ timeout: 0 })), '1'); // it waits already
});

test('a loop that is left, or aborted, in the turn in which a message comes loses nothing', async (t) => {
  const { bridge, socket, publish } = await pulling(t);
  const got = [];
  for (const end of ['return', 'abort']) {
    const abort = new AbortController();
    const loop = socket.messages({ signal: abort.signal });
    const next = loop.next();
    publish();
    await new Promise((resolve) => {
      const { onmessage } = bridge.connection;
      bridge.connection.onmessage = (event) => {
        bridge.connection.onmessage = onmessage;
        onmessage(event); // the message is here, and no promise has run
        if (end === 'return') void loop.return();
        else abort.abort('enough');
        resolve();
      };
    });
    await next.then(({ value }) => value && got.push(String(value)), () => {});
    void loop.return();
  }
  got.push(...(await rest(socket)));
  assert.deepEqual(got, ['0', '1']);
});

test('a request is answered or aborted, and the next one is not disturbed', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  for (let i = 1; i <= 20; i++) {
    const abort = new AbortController();
    const outcome = socket.request(String(i), { signal: abort.signal }).then(String, (why) => why);
    const { id } = await bridge.want('Request', i);
    bridge.write({ kind: 'Reply', socket: 1, id, body: [String(i)] });
    if (i % 2) setTimeout(() => abort.abort('enough'));
    assert.ok([String(i), 'enough'].includes(await outcome));
  }
});

test('a REP socket whose receive was aborted hands the request to the next', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  await socket.ready();
  const abort = new AbortController();
  const first = socket.receive({ signal: abort.signal }).catch(() => undefined);
  bridge.write({ kind: 'Request', socket: 1, id: 1, body: ['ask'] });
  await sleep(2);
  abort.abort();
  const request = (await first) ?? (await socket.receive());
  assert.deepEqual(texts(request), ['ask']);
  await socket.send('answer');
  await bridge.want('Reply');
});

test('where nothing ever comes, receive and loops say so at once', async (t) => {
  const { context } = page(t);
  for (const type of [zmq.PUSH, zmq.PUB, zmq.REQ]) {
    const socket = context.Socket(type);
    assert.equal((await failure(socket.receive())).code, 'invalid');
    assert.equal((await failure(socket.messages().next())).code, 'invalid');
    await assert.rejects(
      async () => {
        for await (const _ of socket);
      },
      { code: 'invalid' },
    );
  }
});

test('after send, a REQ socket receives the reply', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  const sent = [socket.send('a'), socket.send('b')];
  const abort = new AbortController();
  const given = socket.receive({ signal: abort.signal });
  abort.abort('enough');
  assert.equal(await failure(given), 'enough');
  const received = [socket.receive(), socket.receive()];
  for (const i of [1, 2]) {
    const { id, body } = await bridge.want('Request', i);
    bridge.write({ kind: 'Reply', socket: 1, id, body });
  }
  assert.deepEqual((await Promise.all([...received, ...sent])).map(String), ['a', 'b', 'a', 'b']);
  assert.equal((await failure(socket.receive())).code, 'invalid');
});

test('a loop over a REQ socket yields the replies that are outstanding', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  bridge.on('Request', ({ id, body }) => bridge.write({ kind: 'Reply', socket: 1, id, body }));
  socket.send('a');
  socket.send('b');
  const loop = socket.messages();
  const both = [loop.next(), loop.next()];
  assert.deepEqual((await Promise.all(both)).map(({ value }) => String(value)), ['a', 'b']);
  await loop.return();
});
