import type { Position } from '../message/position.js';
import type { SubscribeOptions } from './overflow.js';

/** overflow and rate are for SUB and XSUB: what their subscriptions have unless they say otherwise. */
export interface SocketOptions extends SubscribeOptions {
  /** What the other side knows this socket by; default 32 random hex digits. Only a REP socket's default is sent. */
  identity?: string;
  /** Milliseconds a request, a connect or a ready waits unless it says otherwise; default the context's. */
  requestTimeout?: number;
}

export interface ConnectOptions {
  /**
   * Where a SUB socket was in the history of this endpoint (position): what was published since is delivered first, as
   * far as the bridge has it ('recovered'), and what it has no more is a 'gap'. It counts for what is subscribed to by
   * the end of the turn. Default: from now on.
   */
  since?: Position | undefined;
}
