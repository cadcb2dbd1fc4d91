import assert from 'node:assert/strict';
import test from 'node:test';
import { Frame, ZmqError, uuid } from '../dist/zmq.node.mjs';

const frame = (text) => {
  const buffer = new TextEncoder().encode(`..${text}..`).buffer;
  return new Frame(buffer, 2, buffer.byteLength - 4);
};

test('a frame is bytes that know how to be text', () => {
  const it = frame('grüße');
  assert.ok(it instanceof Uint8Array);
  assert.equal(String(it), 'grüße');
  assert.equal(`${it}`, 'grüße');
  assert.equal(it + '!', 'grüße!');
  assert.equal(it.string(), 'grüße');
  assert.equal(it.length, 7);
});

test('a frame can be JSON', () => {
  assert.deepEqual(frame('{"a":[1]}').json(), { a: [1] });
  assert.throws(() => frame('nope').json(), SyntaxError);
});

test('invalid UTF-8 and a byte order mark come through', () => {
  assert.equal(String(new Frame(new Uint8Array([0xff, 0x41]).buffer, 0, 2)), '\ufffdA');
  assert.equal(String(frame('\ufeffx')), '\ufeffx');
});

test('what is made of a frame is a plain Uint8Array', () => {
  const it = frame('abc');
  for (const made of [it.slice(), it.subarray(1), it.map((byte) => byte + 1), it.filter(() => true), it.bytes()]) {
    assert.equal(Object.getPrototypeOf(made), Uint8Array.prototype);
  }
  const copy = it.bytes();
  assert.equal(copy.buffer.byteLength, 3);
  copy[0] = 0;
  assert.equal(String(it), 'abc');
});

test('a frame of Python may have NaN in its JSON', () => {
  assert.deepEqual(frame('{"t": [NaN, -Infinity], "id": 12345678901234567}').json(), { t: [NaN, -Infinity], id: 12345678901234567 });
});

test('a frame is an array of numbers wherever it stands', () => {
  const numbers = Float64Array.of(1.5, -1, 1e300);
  for (let offset = 0; offset < 16; offset++) {
    const buffer = new ArrayBuffer(offset + 24 + 3);
    new Uint8Array(buffer).set(new Uint8Array(numbers.buffer), offset);
    const it = new Frame(buffer, offset, 24);
    const view = it.view(Float64Array);
    assert.ok(view instanceof Float64Array);
    assert.deepEqual([...view], [...numbers]);
    assert.equal(view.buffer === buffer, offset % 8 === 0, 'it is copied only where it must be');
    for (const Type of [Uint8Array, Int16Array, Float32Array, BigInt64Array, Uint8ClampedArray]) {
      assert.deepEqual(it.view(Type), new Type(buffer.slice(offset, offset + 24)));
    }
  }
  assert.throws(() => frame('abc').view(Float32Array), { code: 'invalid' });
  assert.equal(new Frame(new ArrayBuffer(4), 2, 0).view(Float32Array).length, 0);
});

test('parts whose buffer was transferred say so, and a copy is transferred alone', () => {
  const { buffer } = new TextEncoder().encode('topicbody');
  const [topic, body] = [new Frame(buffer, 0, 5), new Frame(buffer, 5, 4)];
  const copy = topic.bytes();
  structuredClone(copy, { transfer: [copy.buffer] });
  assert.equal(String(topic) + String(body), 'topicbody');
  structuredClone(topic, { transfer: [topic.buffer] });
  for (const read of [String, (it) => it.json(), (it) => it.bytes(), (it) => it.view(Int8Array)]) {
    assert.throws(() => read(body), (why) => why instanceof ZmqError && why.code === 'invalid' && /bytes\(\)/.test(why.message));
  }
});

test('uuid is 32 hex digits', () => {
  assert.match(uuid(), /^[0-9a-f]{32}$/);
  assert.notEqual(uuid(), uuid());
});
