/** What a page that is refreshed writes down of a context: the engine's session, and what sockets there were. */
export interface ContextSnapshot {
  readonly session: Uint8Array;
  readonly sockets: readonly SocketSnapshot[];
}

export interface SocketSnapshot {
  readonly number: number;
  readonly type: number;
  /** As it was told to the bridge. */
  readonly identity: string;
  /** Messages that had come and that the page had not been handed. */
  readonly missed: number;
  readonly endpoints: readonly EndpointSnapshot[];
  readonly subscriptions: readonly SubscriptionSnapshot[];
}

export interface EndpointSnapshot {
  readonly number: number;
  readonly address: string;
  readonly params?: string | undefined;
  readonly bind: boolean;
  readonly state: string;
  /** Where the page was, and in which epoch what comes next is. */
  readonly offset?: number | undefined;
  readonly epoch?: string | undefined;
  readonly next?: string | undefined;
}

export interface SubscriptionSnapshot {
  readonly number: number;
  /** Bytes of the prefix, in base64. */
  readonly prefix: string;
  readonly overflow?: string | undefined;
  readonly rate?: number | undefined;
  readonly state: string;
}

/** The most text that is stored; what is larger is not carried over. */
const maxStored = 1 << 20;

/** Where the snapshot of one context waits for the next page. */
export class SnapshotStore {
  readonly #key: string;

  /** The first context of a page that has a URL goes on for the first of the page before, and so on. */
  constructor(url: string) {
    let turn = 1;
    while (keys.has(`zmq-web-bridge ${turn} ${url}`)) turn++;
    this.#key = `zmq-web-bridge ${turn} ${url}`;
    keys.add(this.#key);
  }

  /** The context is closed: another one may have its place. */
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
      return false; // there is none, or it is full
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

/** Keys in use. */
const keys = new Set<string>();

/** Checks what others rely on; throws for what is no snapshot. */
function parse(value: unknown): ContextSnapshot {
  const { session, sockets } = object(value);
  if (typeof session !== 'string' || !Array.isArray(sockets)) throw new TypeError('no snapshot');
  return { session: fromBase64(session), sockets: sockets.map(socket) };
}

function socket(value: unknown): SocketSnapshot {
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

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
