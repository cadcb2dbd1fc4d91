import { isKind, type Kind } from './kind.js';

/** A socket as a link names it. Parameters are left out, because secrets may be among them. */
export interface SharedSocket {
  readonly kind: Kind;
  readonly address: string;
  readonly bind: boolean;
  readonly topics: readonly string[];
}

/** What a link to the console says: where the bridge is, what is open, and what is looked at. Never who somebody is. */
export interface Shared {
  /** The WebSocket of the bridge; undefined: the one that serves the page. */
  readonly bridge?: string | undefined;
  readonly view?: string | undefined;
  readonly filter?: string | undefined;
  /** The topic that is inspected. */
  readonly topic?: string | undefined;
  readonly sockets: readonly SharedSocket[];
}

/** How many sockets a link opens at most. */
const MOST_SOCKETS = 20;

/** The part of a URL that says it, which browsers do not send to any server. */
export function toHash({ bridge, view, filter, topic, sockets }: Shared): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries({ bridge, view, filter, topic })) if (value) said.set(name, value);
  for (const { kind, address, bind, topics } of sockets.slice(0, MOST_SOCKETS)) {
    said.append('open', [bind ? `bind ${kind}` : kind, address, ...topics.map(encodeURIComponent)].join(' '));
  }
  return said.toString();
}

/** Reads it. What is wrong is left out. */
export function fromHash(hash: string): Shared {
  const said = new URLSearchParams(hash.replace(/^#/, ''));
  const get = (name: string): string | undefined => said.get(name) ?? undefined;
  const sockets = said.getAll('open').slice(0, MOST_SOCKETS).map(socketOf);
  return {
    bridge: get('bridge'),
    view: get('view'),
    filter: get('filter'),
    topic: get('topic'),
    sockets: sockets.filter((it) => it !== undefined),
  };
}

function socketOf(text: string): SharedSocket | undefined {
  const words = text.split(' ');
  const bind = words[0] === 'bind';
  const [kind = '', address = '', ...topics] = bind ? words.slice(1) : words;
  if (!isKind(kind) || address === '') return undefined;
  try {
    return { kind, address, bind, topics: topics.map(decodeURIComponent) };
  } catch {
    return undefined;
  }
}
