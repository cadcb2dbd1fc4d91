/** What a socket of the console can be. RPC is a REQ socket that calls the functions of a server. */
export type Kind = 'REQ' | 'SUB' | 'REP' | 'RPC';

interface About {
  /** What it is good for. */
  readonly says: string;
  /** Which of the demo's four ports has a service of this kind. */
  readonly demo: number;
}

export const kinds: Readonly<Record<Kind, About>> = {
  REQ: { says: 'Ask a service that answers: a REP or ROUTER', demo: 0 },
  SUB: { says: 'Receive what a PUB publishes', demo: 1 },
  REP: { says: 'Serve from this page: the bridge binds the address', demo: 2 },
  RPC: { says: 'Call functions of an RPC server, with JSON arguments', demo: 3 },
};

/** All kinds, in the order in which the page offers them. */
export const allKinds: readonly Kind[] = ['REQ', 'SUB', 'REP', 'RPC'];

/** The type of ZeroMQ socket that a kind needs. */
export function socketType(kind: Kind): 'REQ' | 'SUB' | 'REP' {
  return kind === 'RPC' ? 'REQ' : kind;
}
