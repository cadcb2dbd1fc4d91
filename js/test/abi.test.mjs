import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

// Lists that stand on both sides of the boundary between Go and TypeScript, read from their sources.
const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const match = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
const block = (text, from, to) => text.slice(text.indexOf(from), text.indexOf(to, text.indexOf(from)));

const abi = read('../src/engine/abi.ts');

test('error codes are those of core/error.go', () => {
  const go = match(block(read('../../core/error.go'), 'codeNames', '\n}'), /\w+: +"(\w+)"/g);
  const ts = match(block(read('../src/errors.ts'), 'const codes', ']'), /'(\w+)'/g);
  assert.deepEqual(ts, go);
});

test('events are those of core/client/event.go', () => {
  const go = match(block(read('../../core/client/event.go'), 'const (', '\n)'), /^\tEvent(\w+)/gm);
  const ts = match(block(abi, 'export const EventKind', '}'), /(\w+): \d+/g);
  assert.deepEqual(ts, go);
  const numbers = match(block(abi, 'export const EventKind', '}'), /\w+: (\d+)/g).map(Number);
  assert.deepEqual(numbers, go.map((_, i) => i + 1));
});

test('results are those of wasm/memory_js.go', () => {
  const go = match(block(read('../../wasm/memory_js.go'), 'const (', 'resultCount'), /^\tresult(\w+)/gm);
  const ts = match(block(abi, 'export const Result', '}'), /(\w+): \d+/g);
  assert.deepEqual(ts, go);
});

test('exports and controls are those of wasm', () => {
  const sources = ['connection', 'memory', 'rpc', 'traffic'].map((name) => read(`../../wasm/${name}_js.go`)).join('\n');
  const exported = match(sources, /^\/\/go:wasmexport (\w+)/gm);
  assert.deepEqual(match(block(abi, 'interface Exports', '\n}'), /^ {2}(\w+)\(/gm).sort(), exported.sort());
  const controls = match(block(read('../../wasm/control_js.go'), 'var controls', '\n}'), /\{"(\w+)"/g);
  assert.deepEqual(match(block(abi, 'interface Controls', '\n}'), /^ {2}(\w+)\(/gm).sort(), controls.sort());
});

test('both halves say the same version', () => {
  assert.equal(match(abi, /export const abi = (\d+)/g)[0], match(read('../../wasm/main_js.go'), /const abi = (\d+)/g)[0]);
});

test('socket types are those of core/sockettype.go', () => {
  const go = [...read('../../core/sockettype.go').matchAll(/^\t(\w+) +SocketType = (\d+)/gm)].map(([, n, v]) => [n, v]);
  const ts = [...read('../src/attachment/sockettype.ts').matchAll(/^export const (\w+) = (\d+)/gm)].map(([, n, v]) => [n, v]);
  assert.deepEqual(ts, go);
});
