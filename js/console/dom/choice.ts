import { el } from './element.js';

/** A few choices in a row, of which one is taken. */
export class Choice<Value extends string> {
  readonly root: HTMLElement;
  readonly #radios = new Map<Value, HTMLInputElement>();

  /** name is what the choice is about, id tells it from others. */
  constructor(id: string, name: string, values: readonly Value[], value: Value, chosen: (value: Value) => void) {
    this.root = el(
      'fieldset',
      { className: 'types choice', 'data-testid': id },
      el('legend', { className: 'unseen' }, name),
    );
    for (const it of values) {
      const radio = el('input', {
        type: 'radio',
        name: id,
        value: it,
        checked: it === value,
        onchange: () => chosen(it),
        'data-testid': `${id}-${it}`,
      });
      this.#radios.set(it, radio);
      this.root.append(el('label', {}, radio, it));
    }
  }

  get value(): Value | undefined {
    return [...this.#radios].find(([, radio]) => radio.checked)?.[0];
  }

  set value(value: Value) {
    const radio = this.#radios.get(value);
    if (radio !== undefined) radio.checked = true;
  }
}
