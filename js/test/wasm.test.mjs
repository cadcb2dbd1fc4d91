// zmq.wasm is found, however a page was bundled. The bundles run here as they would in a page: they fetch from a web server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { brotliCompressSync } from 'node:zlib';
import { Bridge } from './support/bridge.mjs';
import { failure } from './support/page.mjs';

const js = fileURLToPath(new URL('..', import.meta.url));
const wasm = readFileSync(path.join(js, 'dist/zmq.wasm'));
const version = createHash('sha256').update(wasm).digest('hex').slice(0, 16); // as server/assets.go makes it

/** An application that has the package installed, and a page that uses it. */
function application(t) {
  const dir = mkdtempSync(path.join(tmpdir(), 'bundled-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const home = path.join(dir, 'node_modules/zmq-web-bridge');
  mkdirSync(path.join(home, 'dist'), { recursive: true });
  const files = readdirSync(path.join(js, 'dist')).filter((name) => /\.m?js$|\.wasm$/.test(name));
  for (const name of files) cpSync(path.join(js, 'dist', name), path.join(home, 'dist', name));
  cpSync(path.join(js, 'package.json'), path.join(home, 'package.json'));
  writeFileSync(path.join(dir, 'main.js'), `import { Context } from 'zmq-web-bridge'; globalThis.Context = Context;`);
  writeFileSync(path.join(dir, 'package.json'), '{"type":"module"}');
  writeFileSync(path.join(dir, 'index.html'), '<script type="module" src="/main.js"></script>');
  return dir;
}

/** A web server that has these files, by path, whatever their version, and notes what is asked for. */
async function serve(t, files) {
  const asked = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    const { pathname } = new URL(url, 'http://server');
    const body = files[pathname];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript' });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { asked, origin: `http://127.0.0.1:${server.address().port}` };
}

/** What a page or a worker has. */
const globals = (more) => {
  const own = { fetch, URL, TextEncoder, TextDecoder, AbortController, AbortSignal, WebAssembly, performance, crypto, console };
  const more2 = { Response, queueMicrotask, setTimeout, clearTimeout, Error, Uint8Array, Uint32Array, ArrayBuffer, Object, Map };
  return vm.createContext({ ...own, ...more2, ...more });
};

/** Connects with the Context that a bundle has left, to a bridge with the given origin. */
async function connects(t, Context, origin) {
  const context = new Context(`${origin.replace('http', 'ws')}/data`, { WebSocket: new Bridge().WebSocket });
  t.after(() => context.close());
  await context.ready({ timeout: 10_000 });
}

/** Runs a script that a page loaded from url. */
function runScript(code, url, more = {}) {
  const page = globals({ location: new URL('/', url), document: { currentScript: { src: url } }, ...more });
  vm.runInContext(code, page, { filename: url });
  return page.Context ?? page.zmq.Context;
}

/** Runs a module that a page loaded from url. */
async function runModule(code, url) {
  const page = globals({ location: new URL('/', url) });
  const module = new vm.SourceTextModule(code, { context: page, initializeImportMeta: (meta) => (meta.url = url) });
  await module.link((name) => {
    assert.equal(name, '/@vite/client', 'the bundle imports something'); // Vite's dev server adds that where a URL is imported
    return new vm.SyntheticModule(['injectQuery'], function () { this.setExport('injectQuery', (url) => url); }, { context: page });
  });
  await module.evaluate();
  return page.Context ?? module.namespace.Context;
}

async function esbuild(dir, format, more = {}) {
  const { build } = await import('esbuild');
  const options = { entryPoints: [path.join(dir, 'main.js')], bundle: true, format, write: false, logLevel: 'silent', ...more };
  return (await build({ ...options, platform: 'browser', conditions: ['browser'] })).outputFiles[0].text;
}

async function rollup(dir) {
  const { rollup: open } = await import('rollup');
  const resolveId = (name) => (name === 'zmq-web-bridge' ? path.join(dir, 'node_modules/zmq-web-bridge/dist/index.mjs') : null);
  const treeshake = { moduleSideEffects: (id) => !id.includes('/dist/') }; // as the resolver for Node reads it in package.json
  const bundle = await open({ treeshake, input: path.join(dir, 'main.js'), plugins: [{ name: 'resolve', resolveId }] });
  return (await bundle.generate({ format: 'es' })).output[0].code;
}

for (const [name, bundle, run] of [
  ['esbuild, as a module', (dir) => esbuild(dir, 'esm'), runModule],
  ['esbuild, as a script', (dir) => esbuild(dir, 'iife'), runScript],
  ['Rollup', rollup, runModule],
]) {
  test(`a bundle of ${name} finds it beside itself, and else at the bridge`, async (t) => {
    const code = await bundle(application(t));
    const beside = await serve(t, { '/app/zmq.wasm': wasm });
    await connects(t, await run(code, `${beside.origin}/app/main.js`), 'http://bridge.test');
    const bare = await serve(t, {});
    const bridge = await serve(t, { '/zmq.wasm': wasm });
    await connects(t, await run(code, `${bare.origin}/app/main.js`), bridge.origin);
    assert.deepEqual(bare.asked, [`/app/zmq.wasm?v=${version}`]);
    assert.deepEqual(bridge.asked, [`/zmq.wasm?v=${version}`]);
  });
}

test('a bundle has the classes of zeromq.js only where they are used', async (t) => {
  const dir = application(t);
  for (const bundle of [(at) => esbuild(at, 'esm'), rollup]) {
    assert.ok(!(await bundle(dir)).includes('sendHighWaterMark'));
  }
  writeFileSync(path.join(dir, 'main.js'), `import { Request } from 'zmq-web-bridge'; globalThis.Request = Request;`);
  for (const bundle of [(at) => esbuild(at, 'esm'), rollup]) {
    assert.ok((await bundle(dir)).includes('sendHighWaterMark'));
  }
});

for (const [what, source, has, size] of [
  ['a Context and a type of socket', `{ Context, REQ }`, [], 28_000],
  ['a class of zeromq.js', `{ Request }`, ['classes'], 35_500],
  ['streams', `{ StreamClient }`, ['streams'], 32_000],
  ['everything', `zmq`, ['classes', 'streams'], 39_000],
  ['nothing', undefined, [], 10],
]) {
  test(`a bundle of who imports ${what} has no file that is not used`, async (t) => {
    const dir = application(t);
    const name = 'zmq-web-bridge';
    const program = source === undefined ? `import '${name}';` : `import ${source} from '${name}'; globalThis.used = ${source};`;
    writeFileSync(path.join(dir, 'main.js'), program);
    const code = await esbuild(dir, 'esm', { minify: true, legalComments: 'none' });
    const marks = { classes: 'sendHighWaterMark', streams: 'credit' };
    assert.deepEqual(Object.keys(marks).filter((it) => code.includes(marks[it])), has);
    const { length } = brotliCompressSync(code);
    assert.ok(length <= size, `it has ${length} bytes after brotli`);
    t.diagnostic(`${length} bytes after brotli`);
  });
}

test('of the bridge only the very file is taken, and the error names what was tried and what helps', async (t) => {
  const code = await esbuild(application(t), 'esm');
  const bare = await serve(t, {});
  const other = Buffer.concat([wasm, Buffer.from([0, 2, 1, 0x78])]); // a module with one more section, which means nothing
  const bridge = await serve(t, { '/zmq.wasm': other });
  const Context = await runModule(code, `${bare.origin}/app/main.js`);
  const { message, code: why } = await failure(connects(t, Context, bridge.origin));
  assert.equal(why, 'unavailable');
  for (const part of [`${bare.origin}/app/zmq.wasm?v=${version}: HTTP 404`, `${bridge.origin}/zmq.wasm?v=${version}: `, 'zmq.configure({ wasmURL:']) {
    assert.ok(message.includes(part), message);
  }
});

test('the dev server of Vite', async (t) => {
  const { createServer: vite } = await import('vite');
  const dir = application(t);
  symlinkSync(path.join(js, 'node_modules/vite'), path.join(dir, 'node_modules/vite'));
  const server = await vite({ root: dir, logLevel: 'silent', server: { port: 0, host: '127.0.0.1' }, optimizeDeps: { include: ['zmq-web-bridge'] } });
  t.after(() => server.close());
  await server.listen();
  const origin = `http://127.0.0.1:${server.httpServer.address().port}`;
  const main = await (await fetch(`${origin}/main.js`)).text();
  const [, dependency] = /from "(.*zmq-web-bridge.*?)"/.exec(main);
  assert.match(dependency, /\.vite\/deps/);
  const url = origin + dependency;
  const Context = await runModule(await (await fetch(url)).text(), url);
  await connects(t, Context, 'http://bridge.test');
});

// A worker has no document, and its location is that of the script that it began with.
for (const [name, location] of [
  ['a classic worker in a folder below', (origin) => new URL(`${origin}/workers/deep/w.js`)],
  ['a worker that was made of a blob', (origin) => new URL(`blob:${origin}/5c1e`)],
]) {
  test(`zmq.js in ${name}`, async (t) => {
    const code = readFileSync(path.join(js, 'dist/zmq.js'), 'utf8');
    const { origin } = await serve(t, { '/lib/zmq.wasm': wasm });
    const Context = runScript(code, `${origin}/lib/zmq.js`, { document: undefined, location: location(origin) });
    await connects(t, Context, 'http://bridge.test');
  });
}

test('in a bundle for Node it is read out of the package', async (t) => {
  const dir = application(t);
  const { build } = await import('esbuild');
  const outfile = path.join(dir, 'out/main.mjs');
  await build({ entryPoints: [path.join(dir, 'main.js')], bundle: true, format: 'esm', platform: 'node', outfile, logLevel: 'silent' });
  await import(outfile);
  await connects(t, globalThis.Context, 'http://bridge.test');
  delete globalThis.Context;
});
