import type { Socket } from 'zmq-web-bridge';

import { button, el } from '../dom/element.js';
import { count } from '../dom/format.js';
import { showTrouble } from '../dom/trouble.js';
import type { Connection } from '../model/connection.js';
import { type Failure, failureOf } from '../model/failure.js';
import { type Kind, subscribes } from '../model/kind.js';
import type { Direction, Tone } from '../model/log.js';
import type { Observations } from '../model/observations.js';
import type { Opening } from '../model/opening.js';
import type { Payload } from '../model/part.js';
import type { SharedSocket } from '../model/sharing.js';
import type { Interruption } from '../model/timeline.js';
import type { Holder, Listen, Panel } from './panel.js';

/** down: the service is not there, and is waited for. refused and closed: nothing more comes by itself. */
export type SocketState = 'opening' | 'live' | 'down' | 'refused' | 'closed';

const names: Readonly<Record<SocketState, string>> = {
  opening: 'Opening',
  live: 'Live',
  down: 'Waiting',
  refused: 'Refused',
  closed: 'Closed',
};

/** The page around the cards. */
export interface Desk {
  readonly connection: Connection;
  readonly observed: Observations;
  showCode(card: Card): void;
  /** A card was closed for good. */
  removed(card: Card): void;
}

/** One open socket on the page: where it stands, and the panel of its kind. */
export class Card implements Holder {
  readonly kind: Kind;
  readonly name: string;
  readonly address: string;
  readonly root: HTMLElement;
  readonly panel: Panel;
  seen = 0;
  gone = false;
  /** Whether it is not to be opened before somebody does it by hand. */
  waits = false;
  socket: Socket | undefined;
  readonly #desk: Desk;
  #state: SocketState = 'opening';
  readonly #stateText = el('span', {}, names.opening);
  readonly #stateBox = el(
    'span',
    { className: 'state', role: 'status', 'data-testid': 'socket-state', 'data-state': 'opening' },
    el('i', { className: 'dot' }),
    this.#stateText,
  );
  readonly #again = button('Reopen', 'socket-reopen', () => this.#reopen(), { className: 'quiet', hidden: true });
  readonly #trouble = el('div', { hidden: true });

  constructor(
    desk: Desk,
    readonly number: number,
    readonly opening: Opening,
    panel: (card: Holder) => Panel,
  ) {
    this.#desk = desk;
    this.kind = opening.kind;
    this.name = `${opening.kind} ${number}`;
    this.address = opening.address;
    this.panel = panel(this);
    this.root = el(
      'article',
      {
        className: 'panel card',
        'aria-label': `${this.name} at ${opening.address}`,
        'data-type': this.kind,
        'data-testid': 'card',
        'data-number': number,
      },
      this.#top(),
      el('div', { className: 'body' }, this.#trouble, this.panel.controls),
    );
  }

  #top(): HTMLElement {
    const { address, bind = false } = this.opening;
    const code = { className: 'quiet', title: 'The code for your page' };
    const close = { className: 'quiet close', title: 'Close', 'aria-label': `Close ${this.name}` };
    return el(
      'div',
      { className: 'top' },
      el('span', { className: 'name' }, this.name),
      el('code', { className: 'addr', title: address }, bind ? `bind ${address}` : address),
      this.#stateBox,
      this.#again,
      button('Code', 'socket-code', () => this.#desk.showCode(this), code),
      button('×', 'socket-close', () => this.#remove(), close),
    );
  }

  /** Opens a new socket in place of the one before. */
  async open(): Promise<void> {
    this.#close();
    this.setState('opening');
    const socket = this.#desk.connection.socket(this.kind);
    this.socket = socket;
    if (socket === undefined) return;
    const on: Listen = (event, listener) => {
      socket.on(event, (...args) => {
        if (this.socket === socket) listener(...args);
      });
    };
    on('up', () => this.setState('live'));
    on('down', (_address, err) => this.setState('down', err));
    on('closed', (err) => this.setState('closed', err));
    on('error', (err) => {
      // The bridge may refuse after a reconnect what it allowed before. A refused subscription is the panel's to tell.
      if (!subscribes(this.kind) || this.#state !== 'live') this.setState('refused', err);
    });
    this.panel.wire?.(socket, on);
    try {
      const { address, params, bind } = this.opening;
      await (bind ? socket.bind(address, params) : socket.connect(address, params));
      if (this.socket === socket) this.setState('live');
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (this.socket === socket) this.setState(stateAfter(failure), failure);
    }
  }

  /** Shows a state, and the failure that led to it. */
  setState(next: SocketState, failure?: Failure): void {
    const was = this.#state;
    if (was === next || (was === 'refused' && next === 'closed')) return;
    this.#state = next;
    this.#stateBox.dataset['state'] = next;
    this.#stateText.textContent = names[next];
    this.#again.hidden = next !== 'refused' && next !== 'closed';
    this.#showTrouble(failure);
    this.#tell(was, failure);
  }

  /** Says in the log, and on the time line, what has become of the socket. */
  #tell(was: SocketState, failure: Failure | undefined): void {
    const { address } = this;
    const { timeline } = this.#desk.observed;
    switch (this.#state) {
      case 'live':
        if (was === 'down') timeline.add('back', this.name, `the service at ${address} is there again`);
        return this.note(`open at ${address}`);
      case 'down':
        return this.interruption('down', `waiting for the service at ${address}`);
      case 'refused':
        return this.interruption('refused', `${failure?.code}: ${failure?.message}`);
      case 'closed':
        return this.note('closed');
      default:
    }
  }

  #showTrouble(failure: Failure | undefined): void {
    const down = this.#state === 'down';
    const bannerTells = down && this.#desk.connection.state !== 'connected';
    this.#trouble.hidden = failure === undefined || failure.code === 'closed' || bannerTells;
    this.#trouble.replaceChildren(failure === undefined ? '' : showTrouble(failure, this.opening, down));
  }

  /** The session was lost. The client opens the socket again. */
  interrupted(reason: string): void {
    if (this.socket === undefined || this.socket.closed || this.#state === 'refused') return;
    this.setState('opening');
    this.note(`opened again: ${reason}`, 'warn');
  }

  message(direction: Direction, parts: Payload, when?: number): void {
    this.#desk.observed.log.message(this, direction, parts, when);
  }

  topic(parts: Payload, bytes: number): void {
    this.#desk.observed.topics.receive(this, parts, bytes);
  }

  answered(ms: number): void {
    this.#desk.observed.answered(this, ms);
  }

  interruption(what: Interruption, text: string, missed = 0): void {
    const isNew = this.#desk.observed.timeline.add(what, this.name, text, missed);
    const told = missed > 0 ? `${count(missed)} messages: ${text}` : text;
    if (isNew) this.note(told, what === 'refused' ? 'bad' : 'warn');
  }

  note(text: string, tone?: Tone): void {
    this.#desk.observed.log.note(this, text, tone);
  }

  /** What a link says of it. */
  get shared(): SharedSocket {
    const { kind, address, bind = false } = this.opening;
    return { kind, address, bind, topics: this.panel.topics ?? [] };
  }

  #reopen(): void {
    this.waits = false;
    const { connection } = this.#desk;
    if (connection.state === 'closed') connection.dial();
    else void this.open();
  }

  /** Stands as one that waits until somebody opens it by hand. */
  wait(): void {
    this.waits = true;
    this.setState('closed');
  }

  #close(): void {
    const { socket } = this;
    this.socket = undefined;
    socket?.close();
  }

  #remove(): void {
    this.panel.stop?.();
    this.#close();
    this.gone = true;
    this.#desk.removed(this);
  }
}

/** Where a card stands that could not connect. An address where nobody is yet is no refusal: the socket comes up by itself. */
function stateAfter({ code }: Failure): SocketState {
  if (code === 'unavailable' || code === 'timeout') return 'down';
  return code === 'closed' ? 'closed' : 'refused';
}
