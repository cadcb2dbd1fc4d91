import { copy } from '../dom/copy.js';
import { find } from '../dom/element.js';
import { type Shared, toHash } from '../model/sharing.js';

/**
 * Keeps the address of the page as a link to what it shows, so that who loads it again, or gets the link, sees the same. It
 * says nothing of who somebody is.
 */
export class Sharing {
  readonly #shown: () => Shared;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** shown is what the link is to say. */
  constructor(shown: () => Shared) {
    this.#shown = shown;
    find('share').addEventListener('click', () => void this.copyLink());
  }

  /** Something has changed. The address follows a moment later: browsers do not like many changes. */
  readonly changed = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write(), 300);
  };

  #write(): void {
    history.replaceState(null, '', `${location.pathname}${location.search}#${toHash(this.#shown())}`);
  }

  readonly copyLink = async (): Promise<void> => {
    this.#write();
    await copy(location.href, find('share', HTMLButtonElement));
  };
}
