// An application that runs for months subscribes, waits and gives up without end. What it is done with is let go.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';

const url = new URL('../support/page.mjs', import.meta.url).href;

/**
 * The kilobytes that the heap grows by from the first rounds to the last, in a process of its own. What JavaScript hands to Go
 * stays until Go collects its garbage, so the heap goes up and down, and it is the least of several measurements that counts.
 */
function growth(body) {
  const program = `
    const { page, sleep, zmq } = await import(${JSON.stringify(url)});
    const t = { after() {} };
    const started = { timeout: 10_000 }; // to compile zmq.wasm takes as long as the machine is busy
    const settle = async () => {
      await sleep(150); // all time-outs of this program are over by then
      for (let i = 0; i < 4; i++) gc();
      return process.memoryUsage().heapUsed;
    };
    ${body}
    const least = async () => {
      let least = Infinity;
      for (let i = 0; i < 6; i++) {
        await rounds(1000);
        least = Math.min(least, await settle());
      }
      return least;
    };
    const before = await least();
    console.log(Math.round((await least() - before) / 1024));
    process.exit();`;
  const run = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return Number(run.stdout);
}

const room = 1200; // kilobytes; 200 bytes that stay for each round are as much

test('subscribing and unsubscribing keeps the heap flat', () => {
  const grown = growth(`
    const { bridge, context } = page(t, { requestTimeout: 100 });
    await context.ready(started);
    const socket = context.Socket(zmq.SUB);
    socket.connect('tcp://backend.test:1');
    await socket.subscribe('always');
    const rounds = async (count) => {
      for (let i = 0; i < count; i++) {
        const live = socket.subscribe('topic ' + i).catch(() => {}); // given up, or too late on a busy machine: it is let go, too
        if (i % 2) await live;
        socket.unsubscribe('topic ' + i);
        if (i % 100 === 0) await sleep(1);
        bridge.frames.length = 0;
      }
    };`);
  assert.ok(grown < room, `${grown} kB more`);
});

test('waits that are given up keep the heap flat', () => {
  const grown = growth(`
    const { bridge, context } = page(t, { requestTimeout: 100 });
    bridge.on('Open', ({ socket, id }, connection) => connection.write({ kind: 'State', socket, id, code: 5, text: 'down' }));
    const socket = context.Socket(zmq.SUB);
    socket.on('error', () => {});
    socket.connect('tcp://a:1').catch(() => {});
    socket.subscribe('a').catch(() => {});
    await sleep(20);
    const { signal } = new AbortController(); // one for the whole application
    const rounds = async (count) => {
      for (let i = 0; i < count; i += 50) {
        const wait = { timeout: 1, signal };
        const all = Array.from({ length: 25 }, () => [socket.ready(wait), socket.receive(wait)]).flat();
        await Promise.allSettled(all);
        bridge.frames.length = 0;
      }
    };`);
  assert.ok(grown < room, `${grown} kB more`);
});

test('sockets that come and go keep the heap flat', () => {
  const grown = growth(`
    const { bridge, context } = page(t, { requestTimeout: 100 });
    bridge.on('Close', ({ socket }, connection) => connection.write({ kind: 'Closed', socket }));
    await context.ready(started);
    const rounds = async (count) => {
      for (let i = 0; i < count; i += 2) {
        const socket = context.Socket(zmq.SUB);
        socket.on('gap', () => {});
        socket.connect('tcp://a:' + (1 + i % 60000));
        socket.subscribe('a');
        if (i % 4) await socket.ready().catch(() => {});
        else await sleep(0);
        socket.close();
        bridge.frames.length = 0;
      }
    };`);
  assert.ok(grown < room, `${grown} kB more`);
});

test('failures that are each told in other words keep the heap flat', () => {
  const grown = growth(`
    console.warn = () => {};
    const { bridge, context } = page(t, { requestTimeout: 100 });
    const socket = context.Socket(zmq.SUB);
    socket.connect('tcp://a:1');
    const rounds = async (count) => {
      for (let i = 0; i < count; i++) {
        bridge.write({ kind: 'Failed', socket: 1, id: 0, code: 8, text: 'number ' + i });
        if (i % 50 === 0) await sleep(1);
        bridge.frames.length = 0;
      }
    };
    await context.ready(started);`);
  assert.ok(grown < room, `${grown} kB more`);
});
