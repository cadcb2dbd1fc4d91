// Which room of js/console may import which: each only those before it in the list. console.ts, which puts the page
// together, is in no room and imports what it likes. All of them know the client by the name of its package alone.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const rooms = ['model', 'dom', 'card', 'page'];

const home = fileURLToPath(new URL('../console', import.meta.url));

/** The modules of the console, each with what it imports as it is written there. */
const modules = readdirSync(home, { recursive: true })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => ({ file, imports: importsOf(readFileSync(path.join(home, file), 'utf8')) }));

function importsOf(text) {
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from\s+'([^']+)'|import\s*\(?\s*'([^']+)'/gm)].map((it) => it[1] ?? it[2]);
}

/** The room that an import leads to from a file; the name of a package stays what it is. */
function target(file, specifier) {
  return specifier.startsWith('.') ? path.join(path.dirname(file), specifier).split(path.sep)[0] : specifier;
}

test('every module of the console is in a room, but the one that puts it together', () => {
  const outside = modules.map(({ file }) => file).filter((file) => !rooms.includes(file.split(path.sep)[0]));
  assert.deepEqual(outside, ['console.ts']);
});

test('the rooms of the console import one way, and the client by its name', () => {
  for (const { file, imports } of modules) {
    const room = rooms.indexOf(file.split(path.sep)[0]);
    const allowed = room < 0 ? rooms : rooms.slice(0, room + 1);
    for (const it of imports) {
      assert.ok([...allowed, 'zmq-web-bridge'].includes(target(file, it)), `${file} imports ${it}`);
    }
  }
});

test('imports of every form are seen', () => {
  const text = `import { a } from './a.js';
import type {
  B,
} from './b.js';
export * from './c.js';
import './d.js';
const e = import('./e.js');
const f = 'from nowhere';`;
  assert.deepEqual(importsOf(text), ['./a.js', './b.js', './c.js', './d.js', './e.js']);
});
