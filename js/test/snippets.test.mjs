// Whatever JavaScript stands in the documents compiles against the client as it is; and that in the examples' pages is well-formed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The files of the project that end so, but for those that were installed or built. */
function filesOf(extension) {
  const skipped = /(^|\/)(node_modules|dist|bin|\.git)\//;
  const folders = ['', 'core', 'examples', 'server', 'wasm', 'js'];
  const names = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: folder !== '' }).map((name) => path.join(folder, name)),
  );
  return names.filter((name) => name.endsWith(extension) && !skipped.test(name));
}

/** What the snippets of the documents find in their page, unless they make it themselves. */
const page = `
declare const zmq: typeof import('zmq-web-bridge');
declare const context: import('zmq-web-bridge').Context;
declare const req: import('zmq-web-bridge').ReqSocket, sub: import('zmq-web-bridge').SubSocket;
declare const rep: import('zmq-web-bridge').RepSocket, push: import('zmq-web-bridge').PushSocket;
declare const address: string, url: string, key: string;
declare const worker: Worker;
declare const Kernel: new (shell: import('zmq-web-bridge').DuplexSocket, iopub: typeof sub, key: string) => { execute(code: string): AsyncIterable<any> };
declare function useEffect(effect: () => void | (() => void), dependencies: unknown[]): void;
declare function setPrice(price: string): void;
declare module '@msgpack/msgpack' { export function encode(value: unknown): Uint8Array; export function decode(bytes: Uint8Array): unknown; }
declare module 'zeromq';
declare module 'ws' { const WebSocket: import('zmq-web-bridge').WebSocketConstructor; export default WebSocket; }
`;

/** The blocks of JavaScript in the documents, each with the place where it stands. API.md is made of declarations, which are no programs. */
function snippets() {
  return filesOf('.md').filter((name) => name !== path.join('js', 'API.md')).flatMap((name) => {
    const text = readFileSync(path.join(root, name), 'utf8');
    return [...text.matchAll(/^```(?:js|javascript|ts|typescript|mjs)\n([^]*?)^```/gm)].map(({ 1: code, index }) => ({
      at: `${name}:${text.slice(0, index).split('\n').length}`,
      code,
    }));
  });
}

/** Compiles programs, and returns what the compiler says. */
function compile(t, programs) {
  const dir = mkdtempSync(path.join(tmpdir(), 'snippets-'));
  t.after(() => rmSync(dir, { recursive: true }));
  symlinkSync(path.join(root, 'js/src'), path.join(dir, 'client'));
  const compilerOptions = {
    ...{ target: 'esnext', module: 'esnext', moduleResolution: 'bundler', lib: ['esnext', 'dom'], types: [], noEmit: true },
    ...{ allowJs: true, checkJs: true, strict: true, noImplicitAny: false, useUnknownInCatchVariables: false, preserveSymlinks: true },
    paths: { 'zmq-web-bridge': ['./client/package.ts'], 'zmq-web-bridge/zeromq': ['./client/zeromq.ts'], 'zmq-web-bridge/numpy': ['./client/numpy.ts'] },
  };
  writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.js', '*.d.ts', 'client'] }));
  writeFileSync(path.join(dir, 'page.d.ts'), page);
  programs.forEach(({ at, code }) => {
    writeFileSync(path.join(dir, `${at.replace(/[^\w]+/g, '_')}.js`), `${code}\nexport {};\n`);
  });
  const tsc = path.join(root, 'js/node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', dir], { cwd: dir, encoding: 'utf8' });
}

test('every snippet of the documents compiles', (t) => {
  const all = snippets();
  assert.ok(all.length >= 8, `there are ${all.length}`);
  const { status, stdout } = compile(t, all);
  assert.equal(status, 0, stdout);
});

test('one that calls what is not there does not', (t) => {
  const { status, stdout } = compile(t, [{ at: 'x', code: 'await sub.recieve();' }]);
  assert.notEqual(status, 0);
  assert.match(stdout, /recieve/);
});

test('the scripts of the examples are well-formed', async () => {
  const { transform } = await import('esbuild');
  const scripts = filesOf('.html').flatMap((name) => {
    const html = readFileSync(path.join(root, name), 'utf8');
    return [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^]*?)<\/script>/g)].map(([, code]) => [name, code]);
  });
  const files = filesOf('.js').filter((name) => name.startsWith('examples/'));
  for (const name of files) scripts.push([name, readFileSync(path.join(root, name), 'utf8')]);
  assert.ok(scripts.length >= 5, `there are ${scripts.length}`);
  for (const [name, code] of scripts) {
    const { warnings } = await transform(code, { format: 'esm', target: 'es2022', logLevel: 'silent' });
    assert.deepEqual(warnings, [], name);
  }
});

test('the programs in Python of the examples are well-formed', () => {
  const files = filesOf('.py').filter((name) => name.startsWith('examples/'));
  assert.ok(files.length >= 5);
  const check = 'import ast, sys\nfor name in sys.argv[1:]: ast.parse(open(name).read(), name)';
  const { status, stderr } = spawnSync('python3', ['-c', check, ...files.map((name) => path.join(root, name))], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});
