// What keeps Node running: a context does until it is closed, unless it was told not to.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBridge } from './support/zeromqtests.mjs';

const client = fileURLToPath(new URL('../dist/zmq.node.mjs', import.meta.url));

/** How long a program runs at least that does not end, in milliseconds. */
const long = 1000;

/** Runs a program that has connected a SUB. Returns whether it ended by itself, and what it printed. */
async function run(t, url, code, { WebSocket = 'globalThis.WebSocket' } = {}) {
  const program = `
    import { createRequire } from 'node:module';
    import * as zmq from ${JSON.stringify(client)};
    const require = createRequire(${JSON.stringify(client)});
    const context = new zmq.Context(${JSON.stringify(url)}, { WebSocket: ${WebSocket} });
    const sub = context.Socket(zmq.SUB);
    await sub.bind('tcp://127.0.0.1:*');
    console.log('bound');
    ${code}`;
  const flags = ['--experimental-websocket', '--no-warnings', '--input-type=module', '-e', program];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  let said = '';
  let ended = false;
  child.on('exit', (code) => (ended = code === 0));
  await new Promise((resolve) => {
    child.on('exit', resolve);
    child.stdout.on('data', (text) => {
      said += text;
      if (said.includes('bound')) setTimeout(resolve, long);
    });
  });
  return { ended, said };
}

test('what keeps Node running', { timeout: 60_000 }, async (t) => {
  const url = await startBridge(t);
  for (const [what, code, ends, options] of [
    ['a context does', '', false],
    ['one that has been told not to does not', 'context.unref();', true],
    ['one that was told before it was connected does not', `const other = new zmq.Context(context.url).unref(); await other.ready(); context.unref();`, true],
    ['one that was told again to does', 'context.unref().ref();', false],
    ['nor does one on the WebSocket of the package ws', 'context.unref();', true, { WebSocket: `require('ws')` }],
    ['one that waits for the next attempt does', `void new zmq.Context('ws://127.0.0.1:1/data'); context.unref();`, false],
    ['and not if it has been told not to', `void new zmq.Context('ws://127.0.0.1:1/data').unref(); context.unref();`, true],
    ['what is under way with a context that does is waited for', `context.unref(); context.ref(); await context.rtt(); await context.close(); console.log('closed');`, true],
  ]) {
    await t.test(what, async (t) => {
      const { ended, said } = await run(t, url, code, options);
      assert.match(said, /bound/);
      assert.equal(ended, ends);
      assert.equal(said.includes('closed'), code.includes('closed'));
    });
  }
});
