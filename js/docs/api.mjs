// Makes API.md, the reference of all that the package exports, of the declarations that tsc makes of the sources.
// npm run docs writes the file, and test/api.test.mjs compares it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const js = fileURLToPath(new URL('..', import.meta.url));

/** The entries of the package, and what each is. */
const entries = [
  ['index', 'The client', "`import { Context, REQ } from 'zmq-web-bridge';`"],
  ['streams', 'Streams of remote calls', "`import { StreamClient } from 'zmq-web-bridge';` or `'zmq-web-bridge/streams'`"],
  ['zeromq', "zeromq.js's classes", "`import { Request } from 'zmq-web-bridge';`, or all by the names that zeromq.js has: `'zmq-web-bridge/zeromq'`"],
  ['numpy', 'Arrays of NumPy', "`import { fromNumpy, toNumpy } from 'zmq-web-bridge/numpy';`"],
];

/** Makes the text of API.md. */
export function reference() {
  const dir = mkdtempSync(path.join(tmpdir(), 'declarations-'));
  try {
    const tsc = path.join(js, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', path.join(js, 'tsconfig.types.json'), '--outDir', dir], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stdout);
    return text(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function text(dir) {
  const sections = entries.map(([entry, title, how]) => ({ title, how, exported: exportsOf(dir, entry) }));
  const lines = ['# API', '', 'All that the package exports, made of its sources by `npm run docs`. How to use it is in the [README](README.md).', ''];
  for (const { title, exported } of sections) {
    const links = exported.map(({ name }) => `[${name}](#${anchor(title, name)})`);
    lines.push(`* **${title}**: ${links.join(' · ')}`);
  }
  for (const { title, how, exported } of sections) {
    lines.push('', `## ${title}`, '', how);
    for (const { name, code } of exported) lines.push('', `<a id="${anchor(title, name)}"></a>`, '', `### ${name}`, '', '```ts', code, '```');
  }
  return `${lines.join('\n')}\n`;
}

const anchor = (title, name) => `${title.split(' ').at(-1)}-${name}`.toLowerCase();

/** The names that an entry exports, in their order, each with the declarations that it consists of. */
function exportsOf(dir, entry) {
  const source = readFileSync(path.join(dir, `${entry}.d.ts`), 'utf8');
  const exported = [];
  const parent = entry === 'index' ? "export { Emitter } from './language/emitter.js';" : ''; // what has on and off
  for (const [, names, file] of (source + parent).matchAll(/export \{([^}]*)\} from '(.*)\.js';/g)) {
    const declared = declarations(readFileSync(path.join(dir, `${file}.d.ts`), 'utf8'));
    for (const given of names.split(',')) {
      const name = given.replace(/\btype\b/, '').trim();
      if (name !== '') exported.push({ name, code: codeOf(name, declared) });
    }
  }
  return exported;
}

/** What is declared at the top of a file: its names, and its text with the comment in front of it. */
function declarations(source) {
  const all = [];
  let text = '';
  let depth = 0;
  let comment = false;
  for (const line of source.split('\n')) {
    if (text === '' && (line.trim() === '' || /^(import|export \{|\/\/)/.test(line))) continue;
    text += `${line}\n`;
    if (depth === 0 && line.startsWith('/*')) comment = true;
    if (comment) {
      comment = !line.includes('*/');
      continue;
    }
    const code = line.replace(/\/\*.*?\*\/|'[^']*'|\/\*.*|^\s*\*.*/g, '');
    depth += count(code, /[{([]/g) - count(code, /[})\]]/g);
    if (depth > 0 || !/[;}]\s*$/.test(line)) continue;
    const [, exported, names] = /^(export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function|let) (.*)/m.exec(text) ?? [];
    if (names !== undefined) all.push({ exported: exported !== undefined, name: /^\w+/.exec(names)[0], text: text.trimEnd() });
    text = '';
  }
  return all;
}

const count = (text, what) => text.match(what)?.length ?? 0;

/** The declarations of a name, and those that only its file knows and that they mention. */
function codeOf(name, declared) {
  const taken = declared.filter((it) => it.name === name);
  if (taken.length === 0) throw new Error(`${name} is exported, and not declared`);
  for (const it of taken) {
    for (const other of declared) {
      const mentioned = new RegExp(`\\b${other.name}\\b`).test(it.text.replace(/\/\*[^]*?\*\//g, ''));
      if (mentioned && !other.exported && !taken.includes(other)) taken.push(other);
    }
  }
  const code = taken.map((it) => it.text).join('\n\n');
  return code.replace(/^export (declare )?|^declare /gm, '').replace(/^ +#private;\n/gm, '').replace(/^( +)/gm, (indent) => indent.slice(indent.length / 2));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path.join(js, 'API.md'), reference());
