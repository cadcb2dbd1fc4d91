import type { Login } from './connection.js';
import { isKind, type Kind } from './kind.js';

/** An endpoint that the bridge has a name for, and that this user may open. */
export interface NamedEndpoint {
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** Whether the bridge listens there. */
  readonly bind: boolean;
}

/** How long the bridge may take to say it. */
const PATIENCE = 10_000;

/**
 * The endpoints with names that this user may open, as the bridge at this WebSocket address lists them. Where it lists none,
 * or not to this page, there are none.
 */
export async function namedEndpoints(bridge: string, login: Login | undefined): Promise<readonly NamedEndpoint[]> {
  const url = new URL('endpoints', bridge.replace(/^ws/, 'http'));
  const headers = login === undefined ? {} : { authorization: authorization(login) };
  const answer = await fetch(url, { headers, signal: timeout(PATIENCE), cache: 'no-store' });
  if (!answer.ok) return [];
  const { endpoints } = (await answer.json()) as { endpoints?: unknown };
  return Array.isArray(endpoints) ? endpoints.map(read).filter((it) => it !== undefined) : [];
}

function timeout(ms: number): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return controller.signal;
}

function authorization(login: Login): string {
  if ('token' in login) return `Bearer ${login.token}`;
  const bytes = new TextEncoder().encode(`${login.user}:${login.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function read(given: unknown): NamedEndpoint | undefined {
  const { name, types, bind } = (given ?? {}) as { name?: unknown; types?: unknown; bind?: unknown };
  if (typeof name !== 'string' || !Array.isArray(types)) return undefined;
  const kinds = types.filter((type): type is Kind => typeof type === 'string' && isKind(type));
  return kinds.length > 0 ? { name, kinds, bind: bind === true } : undefined;
}
