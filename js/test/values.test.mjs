// What a page may hand over, and what it is told when it hands over something else: never "internal", and never a TypeError.
import assert from 'node:assert/strict';
import test from 'node:test';
import vm from 'node:vm';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, logged, page, zmq } from './support/page.mjs';

const echo = () => {
  const bridge = new Bridge();
  return bridge.on('Request', ({ id, body }) => bridge.write({ kind: 'Reply', socket: 1, id, body }));
};

test('an address that is no text is refused with words', async (t) => {
  const { context } = page(t);
  await logged('warn', async () => {
    for (const address of [null, undefined, 5, {}, Symbol('a'), ['tcp://a:1'], new URL('tcp://a:1')]) {
      for (const call of ['connect', 'bind']) {
        const why = await failure(context.Socket(zmq.PULL)[call](address));
        assert.deepEqual([why.name, why.code], ['ZmqError', 'invalid'], `${call} ${String(address)}`);
        assert.match(why.message, /an address is text/);
      }
    }
  });
});

test('params that are no object are refused with words, and null is none', async (t) => {
  const { bridge, context } = page(t);
  await logged('warn', async () => {
    for (const params of ['user', 5, ['a'], new Date(), { toJSON: () => 7 }, { n: 1n }]) {
      const why = await failure(context.Socket(zmq.PULL).connect('tcp://a:1', params));
      assert.deepEqual([why.name, why.code], ['ZmqError', 'invalid']);
    }
  });
  await context.Socket(zmq.SUB).connect('tcp://a:1', null);
  await context.Socket(zmq.SUB).connect('tcp://a:1', null, { since: undefined });
  await context.Socket(zmq.SUB).connect('tcp://a:1', null, { since: null });
  await context.Socket(zmq.SUB).connect('tcp://a:1', null, null);
  for (const { params } of bridge.of('Open')) assert.equal(params, '');
});

test('options that are null are none', async (t) => {
  const { context, socket } = connected(t, zmq.REQ, null, echo());
  assert.equal(String(await socket.request('x', null)), 'x');
  await socket.ready(null);
  await context.ready(null);
  const pull = context.Socket(zmq.PULL, null);
  assert.equal((await failure(pull.receive({ timeout: 1 }))).code, 'timeout');
});

test('a timeout that is no number and a signal that is none are refused with words', async (t) => {
  const { context, socket } = connected(t, zmq.REQ, {}, echo());
  const pull = context.Socket(zmq.PULL);
  const controller = new AbortController();
  for (const options of [{ timeout: 'soon' }, { timeout: NaN }, { timeout: -1 }, { signal: controller }, { signal: {} }]) {
    for (const wait of [() => socket.request('x', options), () => pull.receive(options), () => socket.ready(options), () => context.ready(options)]) {
      const why = await failure(wait());
      assert.deepEqual([why.name, why.code], ['ZmqError', 'invalid'], `${JSON.stringify(options)} ${why.stack}`);
    }
  }
});

test('an identity may be bytes of text; anything else is refused', async (t) => {
  const { bridge, context } = page(t);
  const socket = context.Socket(zmq.DEALER, { identity: new TextEncoder().encode('grüße') });
  assert.equal(socket.identity, 'grüße');
  await socket.connect('tcp://a:1');
  assert.equal(Buffer.from((await bridge.want('Open')).name).toString(), 'grüße');
  for (const identity of [new Uint8Array([0xff]), 5, {}, ['a']]) {
    assert.throws(() => context.Socket(zmq.DEALER, { identity }), { name: 'ZmqError', code: 'invalid' });
  }
});

test('values of another realm are taken', async (t) => {
  const { bridge, context, socket } = connected(t, zmq.REQ, {}, echo());
  const foreign = vm.runInNewContext(`({
    array: new Uint8Array([1, 2, 3]), floats: new Float32Array([1]), view: new DataView(new ArrayBuffer(2)),
    buffer: new Uint8Array([1, 2]).buffer, shared: new SharedArrayBuffer(2), list: ['a', new Uint8Array([9])], prefix: new Uint8Array([97]),
    params: { user: 'hugo' }, options: { rate: 5 }, error: new Error('theirs'), reject: (why) => Promise.reject(why),
  })`);
  const bytes = async (message) => (await socket.request(message)).map((part) => [...part]);
  assert.deepEqual(await bytes(foreign.array), [[1, 2, 3]]);
  assert.deepEqual(await bytes(foreign.floats), [[0, 0, 128, 63]]);
  assert.deepEqual(await bytes(foreign.view), [[0, 0]]);
  assert.deepEqual(await bytes(foreign.buffer), [[1, 2]]);
  assert.deepEqual(await bytes(foreign.shared), [[0, 0]]);
  assert.deepEqual(await bytes(foreign.list), [[97], [9]]);
  const sub = context.Socket(zmq.SUB);
  sub.connect('tcp://a:1', foreign.params);
  await sub.subscribe(foreign.prefix, foreign.options);
  assert.equal(bridge.of('Subscribe').at(-1).millis, 200);
  assert.equal(zmq.ZmqError.from(foreign.error).message, 'theirs');
  const reported = await logged('error', async () => {
    sub.onmessage = () => foreign.reject(foreign.error);
    bridge.write({ kind: 'Message', socket: 2, body: ['a'] });
    await new Promise((resolve) => sub.on('message', () => setTimeout(resolve)));
  });
  assert.match(reported[0], /theirs/);
});

test('a WebSocket of another realm is taken', async (t) => {
  const { ArrayBuffer: Foreign, Uint8Array: Bytes } = vm.runInNewContext('({ ArrayBuffer, Uint8Array })');
  const bridge = echo();
  const { WebSocket } = bridge;
  bridge.WebSocket = class extends WebSocket {
    deliver(data) {
      const copy = new Foreign(data.byteLength);
      new Bytes(copy).set(new Uint8Array(data));
      super.deliver(copy);
    }
  };
  const { socket } = connected(t, zmq.REQ, {}, bridge);
  assert.equal(String(await socket.request('x')), 'x');
});

test('a wasm module of another realm is taken', async (t) => {
  const { readFileSync } = await import('node:fs');
  const bytes = readFileSync(new URL('../dist/zmq.wasm', import.meta.url));
  const foreign = vm.runInNewContext('({ module: new WebAssembly.Module(bytes), bytes: Uint8Array.from(bytes) })', { bytes });
  for (const wasm of [foreign.module, foreign.bytes, foreign.bytes.buffer]) {
    zmq.configure({ wasm });
    await page(t).context.ready();
  }
  zmq.configure({ wasm: bytes });
});
