import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { reference } from '../docs/api.mjs';
import * as numpy from '../dist/numpy.node.mjs';
import * as all from '../dist/index.node.mjs';

const made = reference();

test('API.md is what the sources say', () => {
  assert.equal(readFileSync(new URL('../API.md', import.meta.url), 'utf8'), made, 'npm run docs makes it anew');
});

test('it has all that the package exports', () => {
  const told = new Set(made.match(/(?<=^### )\w+$/gm));
  const missing = [...Object.keys(all), ...Object.keys(numpy)].filter((name) => name !== 'default' && !told.has(name));
  assert.deepEqual(missing, []);
});
