/** What a socket of the console can be. RPC is a REQ socket that calls the functions of a server. */
export type Kind = 'REQ' | 'SUB' | 'REP' | 'RPC';

interface About {
  /** What it is good for. */
  readonly says: string;
  /** An address as one would type it: where the demo has a service of this kind. */
  readonly like: string;
}

export const kinds: Readonly<Record<Kind, About>> = {
  REQ: { says: 'Ask a service that answers: a REP or ROUTER', like: 'tcp://127.0.0.1:10001' },
  SUB: { says: 'Receive what a PUB publishes', like: 'tcp://127.0.0.1:10002' },
  REP: { says: 'Serve from this page: the bridge binds the address', like: 'tcp://127.0.0.1:10003' },
  RPC: { says: 'Call functions of an RPC server, with JSON arguments', like: 'tcp://127.0.0.1:10004' },
};

/** All kinds, in the order in which the page offers them. */
export const allKinds: readonly Kind[] = ['REQ', 'SUB', 'REP', 'RPC'];

/** The type of ZeroMQ socket that a kind needs. */
export function socketType(kind: Kind): 'REQ' | 'SUB' | 'REP' {
  return kind === 'RPC' ? 'REQ' : kind;
}
