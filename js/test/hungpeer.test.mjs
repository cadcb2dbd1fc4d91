// After close() a Node process ends soon, also when the other end of the WebSocket hangs and answers no close frame: Node's
// own WebSocket would wait for that answer for ever.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import test from 'node:test';

/** Takes WebSockets, and never says anything on them. */
function hungServer(t) {
  const server = createServer();
  const sockets = new Set();
  server.on('upgrade', (request, tcp) => {
    sockets.add(tcp.on('error', () => {}));
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    tcp.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: zwb.v1\r\n\r\n`);
    server.emit('taken');
  });
  t.after(() => {
    for (const tcp of sockets) tcp.destroy();
    server.close();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

test('a process ends soon after close(), although the bridge hangs', async (t) => {
  const server = await hungServer(t);
  const taken = new Promise((resolve) => server.once('taken', resolve));
  const program = `
    import { Context } from '${new URL('../dist/zmq.node.mjs', import.meta.url)}';
    const context = new Context('ws://127.0.0.1:${server.address().port}/data');
    process.stdin.once('data', async () => {
      process.stdin.destroy();
      await context.close();
    });`;
  const flags = globalThis.WebSocket === undefined ? ['--experimental-websocket'] : [];
  const child = spawn(process.execPath, [...flags, '--no-warnings', '--input-type=module', '-e', program], { stdio: ['pipe', 'inherit', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  await taken;
  await new Promise((resolve) => setTimeout(resolve, 200)); // the answer is read
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdin.write('close\n');
  const late = new Promise((resolve) => setTimeout(resolve, 10_000, 'it still runs after 10 s').unref());
  assert.equal(await Promise.race([ended, late]), 0, errors);
  assert.equal(errors, '');
});
