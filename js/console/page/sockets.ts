import type { ContextState } from 'zmq-web-bridge';

import { Card, type Desk } from '../card/card.js';
import { panels } from '../card/panels.js';
import { find } from '../dom/element.js';
import { wholePage } from '../model/code.js';
import type { Connection, Standing } from '../model/connection.js';
import { kinds, subscribes } from '../model/kind.js';
import type { Observations } from '../model/observations.js';
import type { Opening } from '../model/opening.js';
import type { SharedSocket } from '../model/sharing.js';
import type { CodeBox } from './codebox.js';

/** The column of the cards, the latest first. */
export class Sockets implements Desk {
  readonly connection: Connection;
  readonly observed: Observations;
  readonly #codeBox: CodeBox;
  readonly #changed: (names: string[]) => void;
  readonly #cards: Card[] = [];
  #lastNumber = 0;
  #was: ContextState = 'closed';

  /** changed is told the names of the cards, the oldest first. */
  constructor(connection: Connection, observed: Observations, codeBox: CodeBox, changed: (names: string[]) => void) {
    this.connection = connection;
    this.observed = observed;
    this.#codeBox = codeBox;
    this.#changed = changed;
    connection.watch({
      changed: (standing) => this.#changedTo(standing),
      reset: (reason) => {
        observed.timeline.add('reset', '', reason);
        for (const card of this.#cards) card.interrupted(reason);
      },
      dialed: () => {
        for (const card of [...this.#cards].reverse()) if (!card.waits) void card.open();
      },
    });
  }

  /** Says on the time line what has become of the connection. */
  #changedTo({ state, reason, resumed }: Standing): void {
    const { timeline } = this.observed;
    if (state === 'closed') for (const card of this.#cards) card.setState('closed');
    if (state === 'reconnecting' && this.#was !== state) timeline.add('cut', '', reason || 'the connection broke');
    if (state === 'connected' && this.#was === 'reconnecting') {
      timeline.add('back', '', resumed ? 'connected, and nothing was lost' : 'connected');
    }
    this.#was = state;
  }

  /** What a link says of the sockets, the oldest first. */
  get shared(): SharedSocket[] {
    return this.#cards.map((card) => card.shared).reverse();
  }

  /** Opens what a link names. What would take messages from others, or listens, waits until somebody opens it by hand. */
  restore({ kind, address, bind, topics }: SharedSocket): void {
    const card = this.#place({ kind, address, bind, params: {}, topics: subscribes(kind) ? topics : [] });
    if (bind || kinds[kind].takes) {
      card.wait();
      card.note('a link does not open this by itself, because it could take messages from others: Reopen does');
    } else if (this.connection.state !== 'closed') {
      void card.open();
    }
  }

  /** Opens a socket on a new card, and brings that to where it is seen. */
  open(opening: Opening): void {
    const card = this.#place(opening);
    if (this.connection.state === 'closed') this.connection.dial();
    else void card.open();
    focusIn(card.root);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    card.root.scrollIntoView({ block: 'nearest', behavior: still ? 'auto' : 'smooth' });
  }

  #place(opening: Opening): Card {
    const card = new Card(this, ++this.#lastNumber, opening, panels[opening.kind]);
    this.#cards.unshift(card);
    find('cards').prepend(card.root);
    this.#draw();
    return card;
  }

  removed(card: Card): void {
    this.#cards.splice(this.#cards.indexOf(card), 1);
    card.root.remove();
    card.note('closed');
    this.observed.drop(card);
    this.#draw();
    find('address').focus();
  }

  showCode(card: Card): void {
    this.#codeBox.show(wholePage(this.connection.address(), card.panel.code()));
  }

  /** Has every card show what has changed. */
  readonly tick = (): void => {
    for (const card of this.#cards) card.panel.tick?.();
  };

  #draw(): void {
    const { length } = this.#cards;
    find('empty').hidden = length > 0;
    find('sockets-h').textContent = length > 0 ? `Sockets (${length})` : 'Sockets';
    this.#changed(this.#cards.map(({ name }) => name).reverse());
  }
}

/** Puts the cursor into the first field of a card, unless that brings up the keyboard of a phone. */
function focusIn(card: HTMLElement): void {
  if (!matchMedia('(pointer: fine)').matches) return;
  card.querySelector<HTMLElement>('.body :is(textarea, input)')?.focus({ preventScroll: true });
}
