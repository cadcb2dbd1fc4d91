import { after } from '../language/timer.js';

/** How long the answer may take, in milliseconds. */
const timeout = 3000;

/** Asks for /healthz beside the URL of a bridge. Returns what that tells, in words for people. It never rejects. */
export async function probeHTTP(url: string, signal: AbortSignal): Promise<string> {
  const abort = new AbortController();
  const give = (): void => abort.abort();
  const timer = after(timeout, give);
  signal.addEventListener('abort', give);
  try {
    const response = await fetch(healthURL(url), { ...asPage(), cache: 'no-store', signal: abort.signal });
    void response.body?.cancel().catch(() => {}); // only whether there is an answer matters
    return answered(response);
  } catch (thrown) {
    return unanswered(url, thrown);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', give);
  }
}

/** The URL of /healthz beside that of the bridge: a proxy may have put both under a path of its own. */
function healthURL(url: string): string {
  const health = new URL('healthz', url);
  health.protocol = health.protocol === 'wss:' ? 'https:' : 'http:';
  health.search = '';
  return health.href;
}

/** A page may ask any server whether it is there, but may read nothing. Elsewhere there is no such limit. */
function asPage(): RequestInit {
  return globalThis.location === undefined ? {} : { mode: 'no-cors', credentials: 'omit' };
}

function answered({ type, status, ok }: Response): string {
  const what = 'HTTP answers, WebSocket does not';
  if (type === 'opaque') return `${what}: a proxy drops the Upgrade, or the path is wrong`;
  return `${what} (/healthz: ${status}): ${ok ? 'a proxy drops the Upgrade' : 'this is no bridge'}, or the path is wrong`;
}

/** Node says in the cause of its error what went wrong. A browser says nothing. */
function unanswered(url: string, thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause as { code?: unknown; message?: unknown } | undefined) : undefined;
  const [message, code] = [cause?.message, cause?.code].map((it) => (typeof it === 'string' ? it : ''));
  if (message || code) return message!.includes(code!) ? message! : `${message} (${code})`.trim();
  const tls = url.startsWith('wss:') ? ', or a certificate that is not trusted' : '';
  return `nobody there, or the wrong port${tls}: HTTP does not answer either`;
}
