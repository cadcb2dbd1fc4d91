import { copy } from '../dom/copy.js';
import { find } from '../dom/element.js';
import { highlight } from '../dom/highlight.js';

/** The dialog with the code for a page. */
export class CodeBox {
  readonly #box = find('codebox', HTMLDialogElement);
  readonly #code = find('code');

  constructor() {
    const button = find('codecopy', HTMLButtonElement);
    button.addEventListener('click', () => void copy(this.#code.textContent, button));
    find('codeclose').addEventListener('click', () => this.#box.close());
    this.#box.addEventListener('click', (event) => {
      if (event.target === this.#box) this.#box.close(); // beside it: what is in it covers it whole
    });
  }

  show(code: string): void {
    this.#code.replaceChildren(highlight(code));
    this.#box.showModal();
  }
}
