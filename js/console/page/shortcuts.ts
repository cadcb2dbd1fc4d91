import { el, find } from '../dom/element.js';
import { storage } from '../dom/storage.js';

/** A key, what it does, and how that is said. */
export interface Shortcut {
  readonly key: string;
  readonly says: string;
  run?(): void;
}

const KEY = 'zwb.console.keys';

/** Keys that do something wherever nothing is being typed, and the dialog that lists them. They can be turned off. */
export class Shortcuts {
  readonly #box = find('keysbox', HTMLDialogElement);
  readonly #on = find('keyson', HTMLInputElement);

  constructor(shortcuts: readonly Shortcut[]) {
    find('keys').append(
      ...shortcuts.map(({ key, says }) => el('div', {}, el('dt', {}, el('kbd', {}, key)), el('dd', {}, says))),
    );
    find('help').addEventListener('click', this.show);
    find('keysclose').addEventListener('click', () => this.#box.close());
    this.#box.addEventListener('click', (event) => {
      if (event.target === this.#box) this.#box.close();
    });
    this.#on.checked = storage()?.getItem(KEY) !== 'off';
    this.#on.addEventListener('change', () => storage()?.setItem(KEY, this.#on.checked ? 'on' : 'off'));
    document.addEventListener('keydown', (event) => {
      const shortcut = shortcuts.find(({ key }) => key === event.key);
      if (shortcut?.run === undefined || !this.#on.checked || !free(event)) return;
      event.preventDefault();
      shortcut.run();
    });
  }

  readonly show = (): void => this.#box.showModal();
}

/** Whether a key is nobody else's: the browser's, or that of what has the focus. */
function free(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return false;
  if (document.querySelector('dialog[open]') !== null) return false;
  const { target } = event;
  const types = target instanceof HTMLInputElement && !['radio', 'checkbox'].includes(target.type);
  return !types && !(target instanceof HTMLTextAreaElement) && !(target instanceof HTMLSelectElement);
}
