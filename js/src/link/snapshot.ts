/** What a page that is loaded again writes down of a context: the engine's session, and what sockets there were. */
export interface ContextSnapshot {
  readonly session: Uint8Array;
  readonly sockets: readonly SocketSnapshot[];
}

export interface SocketSnapshot {
  /** The number that the engine knows the socket by. */
  readonly number: number;
  readonly type: number;
  /** The identity that the bridge was told. */
  readonly identity: string;
  /** How many messages had arrived that the page had not been handed. */
  readonly missed: number;
  readonly endpoints: readonly EndpointSnapshot[];
  readonly subscriptions: readonly SubscriptionSnapshot[];
}

/** What a page asks the bridge for when it connects or binds a socket. */
export interface Asked {
  readonly address: string;
  /** JSON text. */
  readonly params?: string | undefined;
  readonly bind: boolean;
}

export interface EndpointSnapshot extends Asked {
  readonly number: number;
  readonly state: string;
  /** Where the page was in the history of the endpoint, if the bridge keeps one. */
  readonly offset?: number | undefined;
  readonly epoch?: string | undefined;
  /** The epoch of the messages that come next. */
  readonly next?: string | undefined;
}

export interface SubscriptionSnapshot {
  readonly number: number;
  /** The bytes of the prefix, in base64. */
  readonly prefix: string;
  readonly overflow?: string | undefined;
  readonly rate?: number | undefined;
  readonly state: string;
}

/** Tells whether two calls ask for the same endpoint. */
export function sameEndpoint(a: Asked, b: Asked): boolean {
  return a.address === b.address && a.params === b.params && a.bind === b.bind;
}
