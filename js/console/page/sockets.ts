import { Card, type Desk } from '../card/card.js';
import { panels } from '../card/panels.js';
import { find } from '../dom/element.js';
import { wholePage } from '../model/code.js';
import type { Connection } from '../model/connection.js';
import type { Log } from '../model/log.js';
import type { Opening } from '../model/opening.js';
import type { CodeBox } from './codebox.js';

/** The column of the cards, the latest first. */
export class Sockets implements Desk {
  readonly connection: Connection;
  readonly log: Log;
  readonly #codeBox: CodeBox;
  readonly #changed: (names: string[]) => void;
  readonly #cards: Card[] = [];
  #lastNumber = 0;

  /** changed is told the names of the cards, the oldest first. */
  constructor(connection: Connection, log: Log, codeBox: CodeBox, changed: (names: string[]) => void) {
    this.connection = connection;
    this.log = log;
    this.#codeBox = codeBox;
    this.#changed = changed;
    connection.watch({
      changed: ({ state }) => {
        if (state === 'closed') for (const card of this.#cards) card.setState('closed');
      },
      reset: (reason) => {
        for (const card of this.#cards) card.interrupted(reason);
      },
      dialed: () => {
        for (const card of [...this.#cards].reverse()) void card.open();
      },
    });
  }

  /** Opens a socket on a new card, and brings that to where it is seen. */
  open(opening: Opening): void {
    const card = new Card(this, ++this.#lastNumber, opening, panels[opening.kind]);
    this.#cards.unshift(card);
    find('cards').prepend(card.root);
    this.#draw();
    if (this.connection.state === 'closed') this.connection.dial();
    else void card.open();
    focusIn(card.root);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    card.root.scrollIntoView({ block: 'nearest', behavior: still ? 'auto' : 'smooth' });
  }

  removed(card: Card): void {
    this.#cards.splice(this.#cards.indexOf(card), 1);
    card.root.remove();
    card.note('closed');
    this.#draw();
    find('address').focus();
  }

  showCode(card: Card): void {
    this.#codeBox.show(wholePage(this.connection.address(), card.panel.code()));
  }

  /** Has every card show what has changed. */
  tick(): void {
    for (const card of this.#cards) card.panel.tick?.();
  }

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
