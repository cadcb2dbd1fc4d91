// What a file of js/src exports, another one of its files imports; everything else is its own business. index.ts is what the
// package exports.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));

test('what a file exports, another one imports', () => {
  const sources = new Map(
    readdirSync(src, { recursive: true })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => [name, readFileSync(path.join(src, name), 'utf8')]),
  );
  assert.ok(sources.has('index.ts'));
  assert.deepEqual(unused(sources), []);
});

test('an export that nobody imports is found', () => {
  const sources = new Map([
    ['index.ts', `export { type A, b } from './room/a.js';`],
    ['room/a.ts', `import { Other as C } from '../c.js';\nexport interface A {}\nexport const b = 1;\nexport class D {}`],
    ['c.ts', `export type Other = 1;\nexport async function e() {}\nfunction f() {}`],
  ]);
  assert.deepEqual(unused(sources), ['room/a.ts: D', 'c.ts: e']);
});

/** Lists the names that are exported and nowhere imported, each with its file. */
function unused(sources) {
  const imported = new Set();
  for (const [file, text] of sources) {
    for (const [, names, from] of text.matchAll(/^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']*)'/gm)) {
      const target = path.join(path.dirname(file), from).replace(/\.js$/, '.ts');
      for (const name of names.split(',')) imported.add(`${target}: ${name.trim().replace(/^type | as \w+$/g, '')}`);
    }
  }
  const pattern = /^export (?:async )?(?:class|function|const|let|type|interface) (\w+)/gm;
  return [...sources].flatMap(([file, text]) =>
    [...text.matchAll(pattern)].map(([, name]) => `${file}: ${name}`).filter((it) => !imported.has(it)),
  );
}
