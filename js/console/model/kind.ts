/** What a socket of the console can be. RPC is a REQ socket that calls the functions of a server. */
export type Kind =
  | 'REQ'
  | 'RPC'
  | 'SUB'
  | 'PUB'
  | 'PUSH'
  | 'PULL'
  | 'DEALER'
  | 'ROUTER'
  | 'REP'
  | 'PAIR'
  | 'XPUB'
  | 'XSUB';

/** The type of ZeroMQ socket that a kind needs. */
export type TypeName = Exclude<Kind, 'RPC'>;

interface About {
  /** What it is good for. */
  readonly says: string;
  /** Which of the demo's four ports has a service of this kind. */
  readonly demo: number;
  /** Whether it joins others that messages are shared out among: it would take theirs away. */
  readonly takes: boolean;
}

export const kinds: Readonly<Record<Kind, About>> = {
  REQ: { says: 'Ask a service that answers: a REP or ROUTER', demo: 0, takes: false },
  RPC: { says: 'Call functions of an RPC server, with JSON arguments', demo: 3, takes: false },
  SUB: { says: 'Receive what a PUB publishes', demo: 1, takes: false },
  PUB: { says: 'Publish to whoever subscribes at a SUB or XSUB', demo: 1, takes: false },
  PUSH: { says: 'Hand out work to PULLs', demo: 0, takes: false },
  PULL: { says: 'Take work that a PUSH hands out', demo: 1, takes: true },
  DEALER: { says: 'Send and receive at will, with a ROUTER or REP', demo: 0, takes: false },
  ROUTER: { says: 'Talk to many peers, by identity', demo: 0, takes: true },
  REP: { says: 'Serve from this page: the bridge binds the address', demo: 2, takes: true },
  PAIR: { says: 'Talk to one other PAIR', demo: 0, takes: true },
  XPUB: { says: 'Publish, and see who subscribes', demo: 1, takes: false },
  XSUB: { says: 'Receive what a PUB or XPUB publishes, as a proxy does', demo: 1, takes: false },
};

/** All kinds, in the order in which the page offers them: who asks, who publishes, who shares work, all others. */
export const allKinds = Object.keys(kinds) as readonly Kind[];

/** Tells a kind from other texts. */
export function isKind(text: string): text is Kind {
  return Object.hasOwn(kinds, text);
}

/** The type of ZeroMQ socket that a kind needs. */
export function socketType(kind: Kind): TypeName {
  return kind === 'RPC' ? 'REQ' : kind;
}

/** Whether a kind gets what it subscribes to. */
export function subscribes(kind: Kind): boolean {
  return kind === 'SUB' || kind === 'XSUB';
}
