import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'node:test';

const names = 'Object.getOwnPropertyNames(globalThis).sort().join()';
const run = (code) => execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim();

test('the module adds no global, not even with an engine running', () => {
  const url = new URL('./support/page.mjs', import.meta.url).href;
  const got = run(`
    const before = ${names};
    const { page } = await import(${JSON.stringify(url)});
    const { context } = page({ after() {} });
    await context.ready();
    context.close();
    console.log(before === ${names} ? 'same' : ${names});
    process.exit();`);
  assert.equal(got, 'same');
});

test('the script adds one global, zmq', () => {
  const path = fileURLToPath(new URL('../dist/zmq.js', import.meta.url));
  const got = run(`
    import { readFileSync } from 'node:fs';
    import vm from 'node:vm';
    const page = vm.createContext({ TextDecoder, TextEncoder, location: { href: 'http://page.test/' } });
    const names = () => vm.runInContext('Object.getOwnPropertyNames(globalThis)', page);
    const before = names();
    vm.runInContext(readFileSync(${JSON.stringify(path)}, 'utf8'), page);
    console.log(names().filter((name) => !before.includes(name)).join());`);
  assert.equal(got, 'zmq');
});
