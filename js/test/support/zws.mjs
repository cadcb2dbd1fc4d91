import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const zwb = fileURLToPath(new URL('../../../bin/zwb', import.meta.url));
const python = '/usr/bin/python3'; // Debian's, which has python3-zmq

/** The backends of backends.py: where they are, and what they get. */
export async function startBackends(t) {
  const backends = spawn(python, [fileURLToPath(new URL('backends.py', import.meta.url))], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => backends.stdin.end());
  const lines = createInterface({ input: backends.stdout })[Symbol.asyncIterator]();
  const at = JSON.parse((await lines.next()).value);
  return { at, hear: async () => JSON.parse((await lines.next()).value) };
}

/** A bridge with endpoints for the backends, named as they are, and the address of one of them without a name; passwords are a file of htpasswd. Returns the URL of /zws/ there. */
export async function startBridge(t, at, { passwords } = {}) {
  assert.ok(existsSync(zwb), 'there is no bin/zwb: make build');
  const folder = mkdtempSync(path.join(tmpdir(), 'zws-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const types = { rep: 'REQ', router: 'DEALER', pub: 'SUB', push: 'PULL', pull: 'PUSH', sub: 'PUB', pair: 'PAIR' };
  const endpoints = Object.entries(at).map(([name, address]) => `  ${name}: {type: ${types[name]}, address: "${address}"}\n`);
  if (passwords !== undefined) writeFileSync(path.join(folder, 'htpasswd'), passwords);
  const users = passwords === undefined ? '' : 'users: [{basic: {htpasswd: htpasswd}}]\n';
  writeFileSync(path.join(folder, 'zwb.yaml'), `${users}endpoints:\n${endpoints.join('')}addresses: [{types: REQ, address: "${at.rep}", http: true}]\n`);
  const bridge = spawn(zwb, ['serve', '--config', path.join(folder, 'zwb.yaml'), '--listen', '127.0.0.1:0', '--log-level', 'error', '--no-console'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => bridge.kill());
  let said = '';
  return new Promise((resolve, reject) => {
    bridge.once('exit', () => reject(new Error(`bin/zwb says ${said}`)));
    bridge.stdout.on('data', (chunk) => { // all of it, or the bridge would end for want of a reader
      said += chunk;
      const [, url] = /WebSocket\s+(ws:\/\/[^/\s]+)\//.exec(said) ?? [];
      if (url !== undefined) resolve(`${url}/zws/`);
    });
  });
}
