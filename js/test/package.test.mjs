// The package as npm makes it, and what checkers and other people's compilers say of it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';

const js = fileURLToPath(new URL('..', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'package-'));
after(() => rmSync(dir, { recursive: true }));

function run(command, args, cwd = js) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  assert.equal(done.status, 0, `${command} ${args.join(' ')}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

const bin = (name) => path.join(js, 'node_modules/.bin', name);
let tarball;

before(() => {
  run(bin('tsc'), ['-p', 'tsconfig.types.json']);
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', dir]));
  tarball = path.join(dir, filename);
  mkdirSync(path.join(dir, 'node_modules'));
  run('tar', ['xzf', tarball, '-C', dir]);
  run('mv', [path.join(dir, 'package'), path.join(dir, 'node_modules/zmq-web-bridge')]);
});

test('the types are right for all who import it as a module', () => {
  run(bin('attw'), [tarball, '--config-path', path.join(js, '.attw.json')]);
});

test('the package is made as it should be', () => {
  const said = run(bin('publint'), ['run', tarball, '--strict']);
  assert.match(said, /All good|no problems/i);
});

for (const lib of [['es2022', 'dom'], ['esnext', 'dom']]) {
  test(`a program that has ${lib[0]} compiles, with await using`, () => {
    writeFileSync(
      path.join(dir, 'program.mts'),
      `import zmq, { Context, type Frame, REQ, type ReqSocket, Request } from 'zmq-web-bridge';
      import { Socket as Any, type SocketOptions } from 'zmq-web-bridge/zeromq';
      const options: SocketOptions<Request> = { linger: 0 };
      export const any: Any = new Request(options);
      export async function program(): Promise<void> {
        await using context = new Context('ws://host/data');
        await using socket: ReqSocket = context.Socket(REQ);
        const [body]: Frame[] = await socket.request('x', { timeout: 1 });
        console.log(body?.view(Float32Array)[0], zmq.PULL);
      }`,
    );
    const compilerOptions = { target: 'es2022', module: 'nodenext', lib, types: [], strict: true, noEmit: true, skipLibCheck: false };
    writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.mts'] }));
    run(bin('tsc'), ['-p', dir], dir);
  });
}

test('an error in Node names a line that can be read', () => {
  writeFileSync(
    path.join(dir, 'throws.mjs'),
    `import { Context } from 'zmq-web-bridge'; new Context('ftp://host/', { WebSocket: class {} });`,
  );
  const { stderr } = spawnSync(process.execPath, ['throws.mjs'], { cwd: dir, encoding: 'utf8' });
  assert.match(stderr, /ZmqError: ftp:.* a bridge is reached by ws or wss/);
  for (const line of stderr.split('\n')) assert.ok(line.length < 300, `a line of ${line.length} characters`);
});

for (const name of ['zmq.js', 'zmq.mjs', 'zmq.node.mjs']) {
  test(`${name} has a source map with the sources in it`, () => {
    const folder = path.join(dir, 'node_modules/zmq-web-bridge/dist');
    const [, url] = /\/\/# sourceMappingURL=(.+)\s*$/.exec(readFileSync(path.join(folder, name), 'utf8'));
    const { sources, sourcesContent } = JSON.parse(readFileSync(path.join(folder, url), 'utf8'));
    const at = sources.findIndex((it) => it.endsWith('socket/socket.ts'));
    assert.match(sourcesContent[at], /class Socket/);
  });
}
