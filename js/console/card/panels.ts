import type { Kind } from '../model/kind.js';
import type { Holder, Panel } from './panel.js';
import { RepPanel } from './rep.js';
import { ReqPanel } from './req.js';
import { RpcPanel } from './rpc.js';
import { SubPanel } from './sub.js';

/** What is inside the card of each kind of socket. */
export const panels: Readonly<Record<Kind, (card: Holder) => Panel>> = {
  REQ: (card) => new ReqPanel(card),
  SUB: (card) => new SubPanel(card),
  REP: (card) => new RepPanel(card),
  RPC: (card) => new RpcPanel(card),
};
