// zeromq.js's own unit tests pass, but for those that do not apply, and js/README.md has the count. UPDATE=1 writes that.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { compile, mocha, startBridge } from './support/zeromqtests.mjs';
import { reasonOf, reasons } from './zeromq.js/notapplying.mjs';

const readme = new URL('../README.md', import.meta.url);
const table = /(<!-- tests -->\n)[^]*(<!-- \/tests -->)/;

test('the tests of zeromq.js', { timeout: 240_000 }, async (t) => {
  const files = compile();
  const url = await startBridge(t);
  const { tests } = mocha(files, url, '--dry-run');
  const applying = tests.filter((name) => reasonOf(name) === undefined);
  assert.ok(tests.length > 250, `there are ${tests.length}`);

  await t.test('those that apply pass', () => {
    const wanted = applying.map((name) => name.replace(/^[^:]*: /, ''));
    const pattern = `^(${[...new Set(wanted)].map((title) => title.replace(/[/.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;
    const run = mocha(files.filter((name) => applying.some((it) => it.startsWith(`${name.replace(/-test$/, '')}:`))), url, '--grep', pattern);
    assert.deepEqual(run.failures, []);
    assert.deepEqual(run.tests.filter((name) => reasonOf(name) === undefined).sort(), [...applying].sort());
  });

  await t.test('every reason is that of some test', () => {
    for (const reason of reasons) assert.ok(tests.some((name) => reasonOf(name) === reason), reason.name);
  });

  await t.test('the README has the count', () => {
    const text = readFileSync(readme, 'utf8');
    const now = text.replace(table, (_, begin, end) => begin + counted(tests, applying) + end);
    if (process.env.UPDATE) writeFileSync(readme, now);
    else assert.equal(text, now, 'UPDATE=1 npm test writes it');
  });
});

function counted(tests, applying) {
  const rows = reasons.map((reason) => {
    const count = tests.filter((name) => reasonOf(name) === reason).length;
    return `| ${reason.name} | ${count} | ${reason.why} |\n`;
  });
  return `Of ${tests.length} tests, **${applying.length} apply, and pass**. ${tests.length - applying.length} do not apply:\n
| What | Tests | Why |\n|---|---|---|\n${rows.join('')}`;
}
