import type { Kind } from '../model/kind.js';
import { ExchangePanel } from './exchange.js';
import type { Holder, Panel } from './panel.js';
import { RepPanel } from './rep.js';
import { ReqPanel } from './req.js';
import { RpcPanel } from './rpc.js';
import { SubPanel } from './sub.js';

const exchange = (card: Holder): Panel => new ExchangePanel(card);
const sub = (card: Holder): Panel => new SubPanel(card);

/** What is inside the card of each kind of socket. */
export const panels: Readonly<Record<Kind, (card: Holder) => Panel>> = {
  REQ: (card) => new ReqPanel(card),
  RPC: (card) => new RpcPanel(card),
  REP: (card) => new RepPanel(card),
  SUB: sub,
  XSUB: sub,
  PUB: exchange,
  XPUB: exchange,
  PUSH: exchange,
  PULL: exchange,
  DEALER: exchange,
  ROUTER: exchange,
  PAIR: exchange,
};
