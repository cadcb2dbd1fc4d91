// Arrays of NumPy, as NumPy and pyzmq send and receive them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromNumpy, toNumpy } from '../dist/numpy.node.mjs';
import { zmq } from './support/page.mjs';
import { startBridge } from './support/zeromqtests.mjs';

/** Debian's Python, which has python3-zmq and python3-numpy. */
const python = '/usr/bin/python3';

const parts = (...all) => all.map((it) => {
  const bytes = typeof it === 'string' ? new TextEncoder().encode(it) : it;
  const padded = Uint8Array.from([9, ...bytes]); // no part begins where its buffer does
  return new zmq.Frame(padded.buffer, 1, bytes.length);
});

test('with NumPy and pyzmq', { timeout: 60_000 }, async (t) => {
  const url = await startBridge(t);
  const peer = spawn(python, [fileURLToPath(new URL('support/arrays.py', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => peer.kill());
  const address = await new Promise((resolve, reject) => {
    peer.stdout.once('data', (line) => resolve(String(line).trim()));
    peer.once('exit', (code) => reject(new Error(`the peer ended with ${code}: it needs python3-numpy and python3-zmq`)));
  });
  const { WebSocket = (await import('ws')).default } = globalThis;
  const context = new zmq.Context(url, { WebSocket });
  t.after(() => context.close());
  const req = context.Socket(zmq.REQ, { decode: fromNumpy });
  await req.connect(address);
  const ask = context.Socket(zmq.REQ);
  await ask.connect(address);

  const arrays = {
    float64: ['float64', [2, 3], Float64Array.of(0, 0.25, 0.5, 0.75, 1, 1.25)],
    float32: ['float32', [4], Float32Array.of(1.5, -2.5, NaN, Infinity)],
    float16: ['float16', [8], Float32Array.of(0, -1.5, 65504, 2 ** -24, Infinity, -Infinity, NaN, 0.333251953125)],
    int8: ['int8', [2], Int8Array.of(-128, 127)],
    uint16: ['uint16', [2, 1], Uint16Array.of(1, 65535)],
    int64: ['int64', [2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    uint64: ['uint64', [1], BigUint64Array.of(2n ** 64n - 1n)],
    bool: ['bool', [3], Uint8Array.of(1, 0, 1)],
    complex64: ['complex64', [2], Float32Array.of(1, 2, -0, -3)],
    'big-endian': ['>f8', [2], Float64Array.of(1.25, -7)],
    'big-endian integers': ['>i4', [2], Int32Array.of(1, -2)],
    dates: ['datetime64[s]', [2], BigInt64Array.of(1n, 1_000_000_000n)],
    'no dimension': ['int32', [], Int32Array.of(42)],
    nothing: ['float32', [0, 3], new Float32Array(0)],
  };
  for (const [name, [dtype, shape, data]] of Object.entries(arrays)) {
    await t.test(`${name} is received`, async () => assert.deepEqual(await req.request(['make', name]), { dtype, shape, data }));
  }
  for (const name of ['text', 'records']) {
    await t.test(`${name} is refused`, () => assert.rejects(req.request(['make', name]), { name: 'ZmqError', code: 'unsupported' }));
  }

  for (const [array, dtype, shape, text] of [
    [{ data: Float64Array.of(1, 2.5, 3, 4), shape: [2, 2] }, 'float64', [2, 2], '[[1.0, 2.5], [3.0, 4.0]]'],
    [{ data: Int16Array.of(-1, 2) }, 'int16', [2], '[-1, 2]'],
    [{ data: Uint8ClampedArray.of(1, 255) }, 'uint8', [2], '[1, 255]'],
    [{ data: BigUint64Array.of(2n ** 64n - 1n), shape: [1, 1] }, 'uint64', [1, 1], '[[18446744073709551615]]'],
    [{ data: Uint8Array.of(1, 0), dtype: 'bool' }, 'bool', [2], '[True, False]'],
    [{ data: Float64Array.of(1, 2, 3, 4), dtype: 'complex128' }, 'complex128', [2], '[(1+2j), (3+4j)]'],
    [{ data: BigInt64Array.of(1n), dtype: 'datetime64[s]' }, 'datetime64[s]', [1], '[datetime.datetime(1970, 1, 1, 0, 0, 1)]'],
    [{ data: new Float32Array(8).subarray(3, 5) }, 'float32', [2], '[0.0, 0.0]'],
  ]) {
    await t.test(`${dtype} is sent`, async () => {
      const [answer] = await ask.request(['take', ...toNumpy(array)]);
      assert.deepEqual(answer.json(), { dtype, shape, text });
    });
  }
});

test('what is read is what the parts say, behind whatever else there is', () => {
  const { data, ...rest } = fromNumpy(parts('topic', '{"dtype": "<i4", "shape": [2]}', Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0)));
  assert.deepEqual([rest, ...data], [{ dtype: '<i4', shape: [2] }, 1, 2]);
});

for (const [what, message] of [
  ['no part', []],
  ['one part', ['{"dtype": "int8", "shape": [1]}']],
  ['too few bytes', ['{"dtype": "int32", "shape": [2]}', 'abcd']],
  ['bytes without a shape', ['{"dtype": "int8"}', 'abcd']],
  ['a shape of other things', ['{"dtype": "int8", "shape": ["4"]}', 'abcd']],
  ['a negative shape', ['{"dtype": "int8", "shape": [-4, -1]}', 'abcd']],
  ['null', ['null', 'abcd']],
]) {
  test(`${what} is no array`, () => assert.throws(() => fromNumpy(parts(...message)), { name: 'ZmqError', code: 'invalid' }));
}

test('what is no array is not sent', () => {
  assert.throws(() => toNumpy({ data: new Float32Array(5), shape: [2, 2] }), { code: 'invalid' });
  assert.throws(() => toNumpy({ data: new Uint8Array(5), dtype: 'float64' }), { code: 'invalid' });
  assert.throws(() => toNumpy({ data: new Uint8Array(5), dtype: '>i4' }), { code: 'unsupported' });
});
