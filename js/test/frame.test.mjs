import assert from 'node:assert/strict';
import test from 'node:test';
import { Frame, uuid } from '../dist/zmq.node.mjs';

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

test('uuid is 32 hex digits', () => {
  assert.match(uuid(), /^[0-9a-f]{32}$/);
  assert.notEqual(uuid(), uuid());
});
