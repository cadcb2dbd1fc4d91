import { fromBase64, toBase64 } from '../language/base64.js';
import type { ContextSnapshot, SocketSnapshot } from './snapshot.js';

/** How much text is stored at most. A session that makes more of it is not handed to the next page. */
const maxStored = 1 << 20;

/** The keys that the contexts of this page have. */
const keys = new Set<string>();

/** Where the snapshot of one context waits for the next page: an item of sessionStorage. */
export class SnapshotStore {
  readonly #key: string;

  /** The first context of a page with this URL goes on for the first one of the page before, and so on. */
  constructor(url: string) {
    let turn = 1;
    while (keys.has(keyOf(turn, url))) turn++;
    this.#key = keyOf(turn, url);
    keys.add(this.#key);
  }

  /** The context is closed, and another one may have its place. */
  close(): void {
    keys.delete(this.#key);
  }

  /** Stores a snapshot, and tells whether it could. */
  put({ session, sockets }: ContextSnapshot): boolean {
    const text = JSON.stringify({ session: toBase64(session), sockets });
    if (text.length > maxStored) return false;
    try {
      sessionStorage.setItem(this.#key, text);
      return true;
    } catch {
      return false; // there is no sessionStorage, or it is full
    }
  }

  /** Takes the snapshot out, so that no other page has it too: a tab that is duplicated has a copy of what is stored. */
  take(): ContextSnapshot | undefined {
    try {
      const text = sessionStorage.getItem(this.#key);
      sessionStorage.removeItem(this.#key);
      return text === null ? undefined : parse(JSON.parse(text));
    } catch {
      return undefined; // anybody may have stored anything
    }
  }
}

function keyOf(turn: number, url: string): string {
  return `zmq-web-bridge ${turn} ${url}`;
}

/** Checks all that other code relies on. Throws when it is no snapshot. */
function parse(value: unknown): ContextSnapshot {
  const { session, sockets } = object(value);
  if (typeof session !== 'string' || !Array.isArray(sockets)) throw new TypeError('no snapshot');
  return { session: fromBase64(session), sockets: sockets.map(parseSocket) };
}

function parseSocket(value: unknown): SocketSnapshot {
  const { number, type, identity, missed, endpoints, subscriptions } = object(value);
  const whole = [number, type, missed].every((it) => Number.isSafeInteger(it) && (it as number) >= 0);
  if (!whole || typeof identity !== 'string' || !Array.isArray(endpoints) || !Array.isArray(subscriptions)) {
    throw new TypeError('no snapshot of a socket');
  }
  for (const it of [...endpoints, ...subscriptions]) {
    if (typeof object(it)['number'] !== 'number') throw new TypeError('no number');
  }
  return value as SocketSnapshot;
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('no object');
  return value as Record<string, unknown>;
}
