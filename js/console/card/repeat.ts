import { el } from '../dom/element.js';

const paces = { once: 0, 'every 1 s': 1000, 'every 100 ms': 100, 'every 10 ms': 10 } as const;

/** Does something when it is told to: once, or again and again until it is told to stop. */
export class Repeat {
  readonly root = el(
    'select',
    { className: 'pace', 'aria-label': 'How often', 'data-testid': 'pace', onchange: () => this.stop() },
    Object.keys(paces).map((name) => el('option', {}, name)),
  );
  readonly #button: HTMLButtonElement;
  readonly #label: string;
  readonly #act: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** button is the one that tells it, and says Stop while it goes on. */
  constructor(button: HTMLButtonElement, act: () => void) {
    this.#button = button;
    this.#label = button.textContent;
    this.#act = act;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  submit(): void {
    if (this.running) return this.stop();
    const pace = Object.values(paces)[this.root.selectedIndex] ?? 0;
    this.#act();
    if (pace === 0) return;
    this.#timer = setInterval(this.#act, pace);
    this.#button.textContent = 'Stop';
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#button.textContent = this.#label;
    this.#button.disabled = false;
  }
}
