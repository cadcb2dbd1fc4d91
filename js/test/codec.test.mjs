import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { decodeBatch, encodeFrame, kinds } from './support/codec.mjs';

// The test's own codec, against the vectors that core is tested with: the fake bridge speaks the protocol.
const { frames } = JSON.parse(readFileSync(new URL('../../core/testdata/frames.json', import.meta.url), 'utf8'));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bytes = (value) => (value?.hex === undefined ? value : Buffer.from(value.hex, 'hex'));

for (const { name, hex: wire, frame, decodeOnly } of frames) {
  if (kinds[frame.kind] === undefined) continue; // of the future
  const exact = Object.values(frame).every((value) => typeof value !== 'string' || !/^\d{16,}$/.test(value));
  if (!exact) continue; // a number that JavaScript does not have
  const given = { ...frame, name: bytes(frame.name), body: frame.parts?.map(bytes) };
  if (!decodeOnly) test(`encode ${name}`, () => assert.equal(hex(encodeFrame(given)), wire));
  test(`decode ${name}`, () => {
    const [got] = decodeBatch(Buffer.from(wire, 'hex'));
    assert.equal(hex(encodeFrame(got)), hex(encodeFrame(given)));
  });
}
