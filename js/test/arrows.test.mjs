// Which room of js/src may import which. The order is that in which one is built on the other; every arrow points back:
//
//   errors      the one error class, and its codes. A single file, which everything may import
//   language    promises, timers, events and the like: knows nothing of ZeroMQ
//   message     a message: its parts, and its place in a history
//   connection  WebSockets to the bridge, one after another
//   engine      loads zmq.wasm, and calls core/client in it
//   link        one context's way to the bridge: the engine on a connection
//   attachment  what a socket is attached to: endpoints and subscriptions, and how each of them stands
//   reception   what a socket receives, on its way to the page
//   socket      what a page holds: sends, receives, requests, subscribes over the connection of its context
//   rpc         clients and servers of remote procedure calls, on sockets
//   guest       the page's end of a context that a worker holds. It is in worker.mjs, which is loaded on demand
//   host        the worker's end, which is in worker.mjs, too
//   top         context.ts and the entry points: they import what they like, and no room above imports them
//   zeromq      the classes of zeromq.js, on what index.ts exports: a file of its own beside the client, which imports it
//   streams     streams of remote calls, on what index.ts exports: another file of its own
//   numpy       arrays of NumPy, likewise
//
// Where a lower room has to call a higher one, it declares an interface that the higher one implements (Peer, EventSink).
// Imports of types count like any others: whoever reads a file has to read what it imports.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

/** What each room imports, in order. */
const arrows = {
  errors: [],
  language: ['errors'],
  message: ['errors'],
  connection: ['errors', 'language'],
  engine: ['errors', 'language', 'message'],
  link: ['errors', 'language', 'message', 'connection', 'engine'],
  attachment: ['errors', 'language', 'message', 'engine', 'link'],
  reception: ['errors', 'language', 'message', 'engine', 'link'],
  socket: ['errors', 'language', 'message', 'engine', 'link', 'attachment', 'reception'],
  rpc: ['errors', 'language', 'message', 'socket'],
  guest: ['errors', 'language', 'message', 'connection', 'engine', 'link'],
  host: ['errors', 'language', 'message', 'connection', 'engine', 'link', 'socket', 'guest'],
  zeromq: ['top'],
  streams: ['top'],
  numpy: ['top'],
};

/** The files beside the rooms. */
const top = [
  ...['ambient.d.ts', 'context.ts', 'errors.ts', 'index.ts', 'module.ts', 'node.ts', 'numpy.ts', 'package.ts', 'script.ts', 'streams.ts'],
  ...['worker.ts', 'zeromq.ts'],
];

const js = fileURLToPath(new URL('..', import.meta.url));

test('imports in js/src make no circle', () => {
  assert.equal(circle(importsOf(js)), undefined);
});

test('each room of js/src imports what the list says, and nothing else', () => {
  assert.deepEqual(roomArrows(importsOf(js)), arrows);
});

test('the list of rooms has no arrow that points forth', () => {
  const order = Object.keys(arrows);
  order.splice(order.indexOf('zeromq'), 0, 'top');
  for (const [room, imported] of Object.entries(arrows)) {
    const before = order.slice(0, order.indexOf(room));
    for (const it of imported) assert.ok(before.includes(it), `${room} imports ${it}`);
  }
});

test('every file of js/src is in a room, or an entry point', () => {
  const entries = readdirSync(path.join(js, 'src'), { withFileTypes: true });
  const names = (kind) => entries.filter(kind).map(({ name }) => name).sort();
  const rooms = Object.keys(arrows).filter((room) => room !== 'errors');
  assert.deepEqual(names((it) => it.isDirectory()), rooms.sort());
  assert.deepEqual(names((it) => !it.isDirectory()), top);
});

test('no room is so full that one has to search in it', () => {
  for (const room of Object.keys(arrows)) {
    if (room !== 'errors') assert.ok(readdirSync(path.join(js, 'src', room)).length <= 20, `${room} has more than 20 files`);
  }
});

// The tests above have to be able to fail.

for (const [what, statement] of Object.entries({
  'a value': `import { b } from './b.js'`,
  'a type': `import type { B } from './b.js'`,
  'a type among values': `import { type B } from './b.js'`,
  'what is exported again': `export * from './b.js'`,
  'a type that is exported again': `export type { B } from './b.js'`,
  'side effects': `import './b.js'`,
  'a type in an expression': `export type A = import('./b.js').B`,
  'a module on demand': `export const load = () => import('./b.js')`,
})) {
  test(`a circle that imports ${what} is found`, (t) => {
    const imports = sample(t, {
      'a.ts': statement,
      'b.ts': `import { c } from './c.js'; export interface B {} export const b = c`,
      'c.ts': `import type {} from './a.js'; export const c = 1`,
      'd.ts': `import {} from './a.js'`, // leads into the circle, and is no part of it
    });
    assert.deepEqual(circle(imports), ['a.ts', 'b.ts', 'c.ts', 'a.ts']);
  });
}

test('files that share what they import make no circle', (t) => {
  const imports = sample(t, {
    'a.ts': `import {} from './b.js'; import {} from './c.js'`,
    'b.ts': `import {} from './d.js'`,
    'c.ts': `import {} from './d.js'`,
    'd.ts': `export {} // import {} from './a.js'`,
  });
  assert.equal(circle(imports), undefined);
});

test('an arrow between rooms that points forth is found', (t) => {
  const imports = sample(t, {
    'engine/engine.ts': `import type { Socket } from '../socket/socket.js'`,
    'socket/socket.ts': `export interface Socket {}`,
  });
  assert.deepEqual(roomArrows(imports).engine, ['socket']);
});

test('of an entry point the classes of zeromq.js import only index.ts', () => {
  const all = [...importsOf(js)].filter(([, importers]) => importers !== undefined);
  const imported = all.filter(([file]) => file.startsWith('zeromq/')).flatMap(([, files]) => files);
  assert.deepEqual([...new Set(imported.filter((file) => !file.includes('/')))], ['index.ts']);
});

test('a room that imports an entry point is found', (t) => {
  const imports = sample(t, { 'rpc/client.ts': `import type {} from '../index.js'`, 'index.ts': `export {}` });
  assert.deepEqual(roomArrows(imports).rpc, ['top']);
});

/** Makes a project of a few sources, and reads its imports. */
function sample(t, sources) {
  const dir = mkdtempSync(path.join(tmpdir(), 'arrows-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const compilerOptions = { module: 'esnext', moduleResolution: 'bundler', types: [], noLib: true };
  writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  for (const [name, text] of Object.entries(sources)) {
    const file = path.join(dir, 'src', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return importsOf(dir);
}

/** Reads the imports of a project, as the compiler sees them: from each file of src to the files it imports. */
function importsOf(project) {
  const tsc = path.join(js, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(process.execPath, [tsc, '--listFilesOnly', '--explainFiles'], { cwd: project, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  const imports = new Map();
  let imported;
  for (const line of run.stdout.split('\n')) {
    if (!line.startsWith(' ')) imported = inSrc(line);
    if (imported === undefined) continue;
    if (!imports.has(imported)) imports.set(imported, []);
    const importer = inSrc(/^ +Imported via .* from file '(.+)'/.exec(line)?.[1] ?? '');
    if (importer !== undefined) imports.set(importer, [...(imports.get(importer) ?? []), imported]);
  }
  assert.ok([...imports.values()].some((it) => it.length > 0), 'there is not one import');
  return imports;
}

/** The name of a file in src; undefined for one that is elsewhere. */
function inSrc(file) {
  return file.startsWith('src/') ? file.slice('src/'.length) : undefined;
}

/** Finds files that import each other in a circle; the first is named again at the end. */
function circle(imports) {
  const done = new Set();
  const way = [];
  const visit = (file) => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    way.push(file);
    for (const next of imports.get(file) ?? []) {
      const found = visit(next);
      if (found !== undefined) return found;
    }
    way.pop();
    done.add(file);
    return undefined;
  };
  for (const file of [...imports.keys()].sort()) {
    const found = visit(file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What each room imports of others, in the order of the list. */
function roomArrows(imports) {
  const order = [...Object.keys(arrows), 'top'];
  const found = Object.fromEntries(order.map((room) => [room, new Set()]));
  for (const [file, all] of imports) for (const it of all) found[roomOf(file)]?.add(roomOf(it));
  delete found.top;
  return Object.fromEntries(
    Object.entries(found).map(([room, all]) => [room, order.filter((it) => it !== room && all.has(it))]),
  );
}

function roomOf(file) {
  if (file === 'errors.ts') return 'errors';
  const slash = file.indexOf('/');
  return slash < 0 ? 'top' : file.slice(0, slash);
}
