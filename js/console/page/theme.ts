import { find } from '../dom/element.js';
import { storage } from '../dom/storage.js';

const KEY = 'zwb.console.theme';
const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

/** Light colours or dark ones: those of the system, until somebody chooses. */
export class Theming {
  readonly #button = find('theme');
  readonly #changed: () => void;

  /** changed is told that other colours hold. */
  constructor(changed: () => void) {
    this.#changed = changed;
    const kept = storage()?.getItem(KEY);
    this.#set(themes.find((it) => it === kept) ?? 'auto');
    this.#button.addEventListener('click', () => this.next());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  }

  readonly next = (): void => {
    const now = document.documentElement.dataset['theme'] ?? 'auto';
    const theme = themes[(themes.findIndex((it) => it === now) + 1) % themes.length]!;
    this.#set(theme);
    try {
      storage()?.setItem(KEY, theme);
    } catch {
      // The storage is full or forbidden: it holds until the page is left.
    }
  };

  #set(theme: Theme): void {
    document.documentElement.dataset['theme'] = theme;
    this.#button.textContent = { auto: '◐', light: '☀', dark: '☾' }[theme];
    this.#button.setAttribute('aria-label', `Colours: ${theme}`);
    this.#button.title = `Colours: ${theme} (t)`;
    this.#changed();
  }
}
