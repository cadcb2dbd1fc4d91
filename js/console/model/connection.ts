import type { Context, ContextState, ErrorCode, Socket } from 'zmq-web-bridge';

import { failureOf } from './failure.js';
import { type Kind, socketType } from './kind.js';

/** Where the connection stands, for people. */
export interface Standing {
  readonly state: ContextState;
  readonly reason: string;
  readonly code: ErrorCode | undefined;
  readonly resumed: boolean;
}

/** Who somebody is: a token, or a user with a password. */
export type Login = { readonly token: string } | { readonly user: string; readonly password: string };

/** Is told what happens to the connection. */
export interface ConnectionWatcher {
  changed?(standing: Standing): void;
  /** The session was lost, and every socket is opened again. */
  reset?(reason: string): void;
  /** A new context is there; sockets of the old one are closed. */
  dialed?(): void;
}

/** The connection to the bridge: one zmq.Context at a time. */
export class Connection {
  #context: Context | undefined;
  #dialed: string | undefined;
  #state: ContextState = 'closed';
  readonly #watchers: ConnectionWatcher[] = [];
  #login: { readonly address: string; readonly login: Login } | undefined;

  /** address says what is dialed next. */
  constructor(readonly address: () => string) {}

  get state(): ContextState {
    return this.#state;
  }

  /** What was dialed last. */
  get dialed(): string | undefined {
    return this.#dialed;
  }

  /** The WebSocket address of the context, where there is one. */
  get url(): string | undefined {
    return this.#context?.url;
  }

  /** The login that was given for the address that is dialed next. */
  get login(): Login | undefined {
    return this.#login?.address === this.address() ? this.#login.login : undefined;
  }

  /** Connects as somebody. Only the bridge at this address is told who, and only until the page is left. */
  logIn(login: Login): void {
    this.#login = { address: this.address(), login };
    this.dial();
  }

  watch(watcher: ConnectionWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Connects to the address, in place of the connection before. */
  dial(): void {
    const old = this.#context;
    this.#context = undefined;
    void old?.close();
    this.#dialed = this.address();
    try {
      const { login } = this;
      this.#context = new zmq.Context(this.#dialed, login && { credentials: login });
    } catch (thrown) {
      this.#change('closed', undefined, failureOf(thrown).message);
      return;
    }
    this.#listen(this.#context);
    this.#change('connecting');
    for (const watcher of this.#watchers) watcher.dialed?.();
  }

  #listen(context: Context): void {
    context.on('status', ({ state, code, reason, resumed }) => {
      if (context === this.#context) this.#change(state, code, code === 'closed' ? '' : reason, resumed);
    });
    context.on('reset', ({ reason }) => {
      if (context !== this.#context) return;
      for (const watcher of this.#watchers) watcher.reset?.(reason);
    });
  }

  #change(state: ContextState, code?: ErrorCode, reason = '', resumed = false): void {
    this.#state = state;
    for (const watcher of this.#watchers) watcher.changed?.({ state, code, reason, resumed });
  }

  close(): void {
    void this.#context?.close();
  }

  /** Makes a socket, which is not connected yet; undefined while nothing was dialed. */
  socket(kind: Kind): Socket | undefined {
    return this.#context?.Socket(zmq[socketType(kind)]);
  }
}
