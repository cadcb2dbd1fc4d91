// Runs zeromq.js's own unit tests against dist/zeromq.node.mjs, and that through bin/zwb.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const js = fileURLToPath(new URL('../..', import.meta.url));
const sources = path.join(js, 'test/zeromq.js');
const zwb = path.join(js, '../bin/zwb');
/** Where the tests run: below node_modules, where they find mocha and chai. */
const dir = path.join(js, 'node_modules/.zeromq.js');

/** The first port that the tests use. It is below those that the kernel chooses, and random: others may be testing, too. */
const firstPort = 20_000 + Math.floor(Math.random() * 9000);

const file = (name) => path.join(dir, 'test/unit', `${name}.js`);

/** Compiles the tests as they are. What they import as ../../src is this package, told where its bridge is. */
export function compile() {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(path.join(dir, 'tmp'), { recursive: true });
  const files = readdirSync(path.join(sources, 'test/unit')).map((name) => path.join(sources, 'test/unit', name));
  const options = ['--noCheck', '--ignoreConfig', '--module', 'commonjs', '--target', 'es2022', '--rootDir', sources, '--outDir', dir];
  const tsc = path.join(js, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, '--ignoreDeprecations', '6.0', ...files], { cwd: dir, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
  const dist = (name) => JSON.stringify(path.join(js, 'dist', name));
  writeFileSync(path.join(dir, 'src/index.js'), `
    require(${dist('zmq.node.mjs')}).configure({ url: process.env.ZWB_URL });
    const { __esModule, ...zmq } = require(${dist('zeromq.node.mjs')});
    module.exports = Object.defineProperty(zmq, '__esModule', { value: true }); // otherwise the compiler's helper adds a default`);
  writeFileSync(path.join(dir, 'package.json'), JSON.stringify({ main: 'src/index.js' }));
  writeFileSync(path.join(dir, 'tmp/port-id.lock'), String(firstPort));
  return readdirSync(path.join(sources, 'test/unit')).filter((name) => name.endsWith('-test.ts')).map((name) => path.basename(name, '.ts'));
}

/** Starts a bridge that lets pages connect and bind where the tests do, and returns its URL. */
export async function startBridge(t) {
  assert.ok(existsSync(zwb), 'there is no bin/zwb: make build');
  const allowed = ['tcp://127.0.0.1:*', `ipc://${dir}/tmp/*`].flatMap((it) => ['--allow', `* ${it}`, '--allow', `bind * ${it}`]);
  const bridge = spawn(zwb, ['serve', '--listen', '127.0.0.1:0', '--log-level', 'error', '--no-console', ...allowed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => bridge.kill());
  let said = '';
  for await (const chunk of bridge.stdout) {
    said += chunk;
    const [, url] = /WebSocket\s+(\S+)/.exec(said) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`bin/zwb says ${said}`);
}

/** Runs mocha as zeromq.js does, and returns what it reports. */
export function mocha(names, url, ...options) {
  const report = path.join(dir, 'report.json');
  const binary = path.join(js, 'node_modules/mocha/bin/mocha.js');
  const run = spawnSync(
    process.execPath,
    ['--expose-gc', binary, '--timeout', '6000', '--retries', '3', '--exit', '--reporter', 'json', '--reporter-option', `output=${report}`,
      ...options, ...names.map(file)],
    { cwd: dir, encoding: 'utf8', env: { ...process.env, ZWB_URL: url, NODE_OPTIONS: '--experimental-websocket --no-warnings', NODE_TEST_CONTEXT: '' } },
  );
  assert.ok(existsSync(report), run.stdout + run.stderr);
  const { tests, failures } = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  const name = ({ file: at, fullTitle }) => `${path.basename(at ?? '', '.js').replace(/-test$/, '')}: ${fullTitle}`;
  return { tests: tests.map(name), failures: failures.map((it) => `${name(it)}: ${it.err.message}`) };
}
