import { button, el } from '../dom/element.js';

/** The prefixes of a subscription as chips, and a field to add one. */
export class Chips {
  readonly root = el('div', { className: 'chips', 'data-testid': 'prefixes' });
  readonly #add: (prefix: string) => void;
  readonly #drop: (prefix: string) => void;

  constructor(add: (prefix: string) => void, drop: (prefix: string) => void) {
    this.#add = add;
    this.#drop = drop;
  }

  /** Draws these, and returns the field. */
  draw(prefixes: Iterable<string>): HTMLInputElement {
    const input = el('input', {
      className: 'mono',
      placeholder: 'prefix',
      'aria-label': 'Subscribe to a prefix; empty means everything',
      spellcheck: false,
      autocapitalize: 'off',
      'data-testid': 'prefix',
    });
    const onsubmit = (event: SubmitEvent): void => {
      event.preventDefault();
      this.#add(input.value);
    };
    this.root.replaceChildren(
      ...Array.from(prefixes, (prefix) => this.#chip(prefix)),
      el('form', { className: 'add', onsubmit }, input, el('button', { 'data-testid': 'subscribe' }, 'Subscribe')),
    );
    return input;
  }

  #chip(prefix: string): HTMLElement {
    const name = prefix || 'everything';
    return el(
      'span',
      { className: 'chip', 'data-testid': 'chip' },
      name,
      button('×', 'unsubscribe', () => this.#drop(prefix), { 'aria-label': `Unsubscribe ${name}` }),
    );
  }
}
