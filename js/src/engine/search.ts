import { wasmIntegrity, wasmVersion } from 'go:wasm_exec';
import { ZmqError, textOf } from '../errors.js';
import { Abandoned, Download } from './download.js';
import { compile } from './loader.js';
import { type Configuration, resolved, whereFrom } from './source.js';

const advice =
  'Say where it is before the first Context is made: ' +
  "zmq.configure({ wasmURL: 'https://…/zmq.wasm' }), the URL of a copy of node_modules/zmq-web-bridge/dist/zmq.wasm " +
  "(Vite: import wasmURL from 'zmq-web-bridge/zmq.wasm?url')";

/** Gets zmq.wasm and compiles it: from where the page says, or else from the first place that has it. */
export async function findModule({ wasm, wasmURL }: Configuration, bridge: string): Promise<WebAssembly.Module> {
  const given = (await wasm) ?? wasmURL;
  if (typeof given === 'object' && !(given instanceof URL)) return compile(given);
  const failures: string[] = [];
  let code: ZmqError['code'] = 'invalid';
  for (const { url, integrity } of given === undefined ? places(bridge) : [{ url: absolute(given) }]) {
    try {
      return await load(url, integrity);
    } catch (thrown) {
      if (isForbidden(thrown)) throw forbidden(thrown);
      if (thrown instanceof Abandoned) throw thrown;
      if (failures.length === 0) ({ code } = ZmqError.from(thrown, 'unavailable'));
      failures.push(`${url.href}: ${textOf(thrown)}`);
    }
  }
  const tried = failures.length === 0 ? 'there is no place to look for it' : failures.join('; ');
  throw new ZmqError(code, `zmq.wasm cannot be loaded: ${tried}. ${advice}`);
}

interface Place {
  readonly url: URL;
  /** The hash that the file has to have. */
  readonly integrity?: string;
}

/**
 * The places where zmq.wasm may be. The bridge has one too. Whoever can replace zmq.wasm can do in the page what they like,
 * and a page need not trust its bridge so far: of the bridge's only the very file is taken that this code was built with.
 */
function places(bridge: string): Place[] {
  const found = new Map<string, Place>();
  for (const place of resolved(whereFrom().places)) {
    const url = versioned(new URL(place));
    found.set(url.href, { url });
  }
  const url = versioned(new URL('zmq.wasm', bridge.replace(/^ws/, 'http')));
  if (!found.has(url.href)) found.set(url.href, { url, integrity: wasmIntegrity });
  return [...found.values()];
}

/**
 * Asks for the very file that this code was built with, so that caches need not ask whether it has changed. To a server that
 * knows nothing of versions it is the same file. Where a bundler has given the file another name, that has the version in it.
 */
function versioned(url: URL): URL {
  const plain = /^https?:$/.test(url.protocol) && url.pathname.endsWith('/zmq.wasm') && url.search === '';
  if (plain) url.search = `?v=${wasmVersion}`;
  return url;
}

function absolute(url: string | URL): URL {
  return new URL(url, globalThis.location?.href);
}

async function load(url: URL, integrity: string | undefined): Promise<WebAssembly.Module> {
  const { readFile } = whereFrom();
  if (url.protocol === 'file:' && readFile !== undefined) return compile(await readFile(url));
  const download = new Download();
  try {
    const options: RequestInit = { credentials: 'same-origin', signal: download.signal };
    return await compile(await fetch(url, integrity === undefined ? options : { ...options, integrity }));
  } finally {
    download.end();
  }
}

/** Tells whether the page's Content-Security-Policy does not let it compile anything. No other place would be any better. */
function isForbidden(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.CompileError && /content.security.policy|unsafe-eval/i.test(thrown.message);
}

function forbidden(cause: unknown): ZmqError {
  const remedy = "the page's Content-Security-Policy needs script-src 'wasm-unsafe-eval'";
  return new ZmqError('unsupported', `zmq.wasm may not be compiled here: ${remedy}`, { cause });
}
