import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { decodeBatch, encodeFrame, kinds } from './support/codec.mjs';

// These tests check the codec of the fake bridge with the vectors with which core is tested, so that the fake bridge really
// speaks the protocol.
const { frames } = JSON.parse(readFileSync(new URL('../../core/coretest/vectors/frames.json', import.meta.url), 'utf8'));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bytes = (value) => (value?.hex === undefined ? value : Buffer.from(value.hex, 'hex'));

for (const { name, hex: wire, frame, decodeOnly } of frames) {
  if (kinds[frame.kind] === undefined) continue; // a kind of frame that this version does not know
  const exact = Object.values(frame).every((value) => typeof value !== 'string' || !/^\d{16,}$/.test(value));
  if (!exact) continue; // JavaScript cannot represent this number exactly
  const given = { ...frame, name: bytes(frame.name), body: frame.parts?.map(bytes) };
  if (!decodeOnly) test(`encode ${name}`, () => assert.equal(hex(encodeFrame(given)), wire));
  test(`decode ${name}`, () => {
    const [got] = decodeBatch(Buffer.from(wire, 'hex'));
    assert.equal(hex(encodeFrame(got)), hex(encodeFrame(given)));
  });
}
