// Parts as values, and sockets that make values of their messages.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as msgpack from '@msgpack/msgpack';
import * as cbor from 'cbor-x';
import * as classes from '../dist/zeromq.node.mjs';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, page, zmq } from './support/page.mjs';

const frame = (bytes) => {
  const padded = Uint8Array.from([9, ...bytes]); // no part begins where its buffer does
  return new zmq.Frame(padded.buffer, 1, bytes.length);
};
const text = (it) => frame(new TextEncoder().encode(it));
const value = { list: [1, 2.5, 'x', null, true], bytes: Uint8Array.of(1, 2, 3), nested: { a: -1 } };

test('an integer of any size is read from text, and sent as text', async (t) => {
  assert.equal(text(' -123456789012345678901234567890 ').bigint(), -123456789012345678901234567890n);
  for (const it of ['', ' ', '1.5', 'x', '1n']) assert.throws(() => text(it).bigint(), SyntaxError, it);
  const { bridge, socket } = connected(t, zmq.PUSH);
  await socket.ready();
  void socket.send([2n ** 64n, 0n, 5]);
  bridge.write({ kind: 'Credit', socket: 1, messages: 5, bytes: 1000 });
  assert.deepEqual((await bridge.want('Message')).body.map((it) => String.fromCharCode(...it)), ['18446744073709551616', '0', '5']);
});

test('JSON with integers beyond 2^53 has them exactly, if that is asked for', () => {
  const part = text('{"id": 9007199254740993, "n": 5, "x": NaN}');
  assert.deepEqual(part.json({ bigIntegers: true }), { id: 9007199254740993n, n: 5, x: NaN });
  assert.equal(part.json().id, 9007199254740992);
});

test('numbers are read at any place', () => {
  const part = frame([0, 1, 0, 0, 0, 255]);
  assert.equal(part.dataView.getInt32(1, true), 1);
  assert.equal(part.dataView.getUint8(5), 255);
  assert.equal(part.dataView.byteLength, 6);
});

test('MessagePack and CBOR are read with what configure is given', () => {
  const packed = frame(msgpack.encode(value));
  const concise = frame(cbor.encode(value));
  assert.throws(() => packed.msgpack(), { code: 'unsupported', message: /zmq\.configure\({ msgpack }\)/ });
  assert.throws(() => concise.cbor(), { code: 'unsupported' });
  for (const msgpack of [5, {}, { decode: 1 }]) assert.throws(() => zmq.configure({ msgpack }), { code: 'invalid' });
  zmq.configure({ msgpack, cbor });
  assert.deepEqual(packed.msgpack(), value);
  const read = concise.cbor();
  assert.deepEqual({ ...read, bytes: Uint8Array.from(read.bytes) }, value);
  assert.deepEqual(packed.decode(msgpack), value);
  assert.throws(() => frame([0xc1]).msgpack(), /Unrecognized/);
});

test('a library that is handed the part itself reads it, too', () => {
  assert.deepEqual(msgpack.decode(frame(msgpack.encode(value))), value);
  assert.deepEqual(cbor.decode(frame(cbor.encode({ a: [1.5, 'x'] }))), { a: [1.5, 'x'] }); // it takes dataView from the part
});

for (const [what, decode, body, want] of [
  ['text', 'text', ['topic', 'grüße'], 'grüße'],
  ['json', 'json', ['topic', '{"a": 1}'], { a: 1 }],
  ['msgpack', 'msgpack', ['topic', msgpack.encode(value)], value],
  ['a codec', { decode: (bytes) => bytes.length }, ['topic', 'abc'], 3],
  ['a function', ([topic, ...rest]) => ({ topic: String(topic), parts: rest.length }), ['topic', 'a', 'b'], { topic: 'topic', parts: 2 }],
]) {
  test(`a socket that decodes with ${what} has values`, async (t) => {
    zmq.configure({ msgpack });
    const { bridge, context } = page(t);
    bridge.on('Request', ({ socket, id, body }) => bridge.write({ kind: 'Reply', socket, id, body }));
    const sub = context.Socket(zmq.SUB, { decode });
    sub.connect('tcp://a:1');
    await sub.subscribe('');
    bridge.write(...Array(4).fill({ kind: 'Message', socket: 1, body }));
    assert.deepEqual(await sub.receive(), want);
    const got = [];
    for await (const it of sub) if (got.push(it) === 2) break;
    for await (const it of sub.messages()) {
      got.push(it);
      break;
    }
    assert.deepEqual(got, [want, want, want]);
    const req = context.Socket(zmq.REQ, { decode });
    req.connect('tcp://a:1');
    assert.deepEqual(await req.request(body), want);
    assert.equal((await req.send(body)).length, body.length); // send has parts, as ever
  });
}

test('a message that cannot be decoded is an error where it was asked for, and the next one is there', async (t) => {
  const { bridge, context } = page(t);
  const sub = context.Socket(zmq.SUB, { decode: 'json' });
  sub.connect('tcp://a:1');
  await sub.subscribe('');
  const send = (...all) => bridge.write(...all.map((it) => ({ kind: 'Message', socket: 1, body: [it] })));
  send('{', '1', '{', '2');
  const why = await failure(sub.receive());
  assert.deepEqual([why.name, why.code, why.cause.name], ['ZmqError', 'invalid', 'SyntaxError']);
  assert.equal(await sub.receive(), 1);
  const iterator = sub[Symbol.asyncIterator]();
  assert.equal((await failure(iterator.next())).code, 'invalid');
  assert.deepEqual(await iterator.next(), { done: false, value: 2 });
  const waiting = failure(iterator.next());
  send('[', '3');
  assert.equal((await waiting).code, 'invalid');
  assert.deepEqual(await iterator.next(), { done: false, value: 3 });
  await iterator.return();
});

test('every message that was decoded, or could not be, is credit for another one', async (t) => {
  const { bridge, context } = page(t);
  const pull = context.Socket(zmq.PULL, { decode: 'json' });
  await pull.connect('tcp://a:1');
  bridge.write(...Array.from({ length: 250 }, (_, i) => ({ kind: 'Message', socket: 1, body: [i % 2 ? '1' : '{'] })));
  let bad = 0;
  for (let i = 0; i < 250; i++) await pull.receive().catch(() => bad++);
  assert.equal(bad, 125);
  assert.equal((await bridge.want('Credit')).messages, 250);
});

test('what is no decoder is refused', (t) => {
  const { context } = page(t);
  for (const decode of ['yaml', 5, {}, { decode: 'x' }]) assert.throws(() => context.Socket(zmq.SUB, { decode }), { code: 'invalid' }, String(decode));
  context.Socket(zmq.SUB, { decode: null });
});

test('parts of the classes have the same methods', async (t) => {
  zmq.configure({ msgpack });
  const { bridge, context } = page(t, {}, new Bridge());
  const pull = new classes.Pull({ context });
  await pull.connect('tcp://a:1');
  bridge.write({ kind: 'Message', socket: 1, body: [msgpack.encode(value), '12', '{"a":1}', new Uint8Array(4)] });
  const [packed, integer, json, numbers] = await pull.receive();
  assert.deepEqual(packed.msgpack(), value);
  assert.equal(integer.bigint(), 12n);
  assert.deepEqual(json.json(), { a: 1 });
  assert.equal(numbers.dataView.getInt32(0), 0);
  assert.equal(numbers.view(Float32Array)[0], 0);
  assert.ok(Buffer.isBuffer(numbers));
  pull.close();
});
