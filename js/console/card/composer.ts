import { button, el } from '../dom/element.js';
import { checked, sendOnEnter } from '../dom/field.js';
import { type Draft, filled } from '../model/templates.js';

/** One part of a message that is being written, as text or as hex. */
interface Row {
  readonly root: HTMLElement;
  readonly area: HTMLTextAreaElement;
  readonly mode: HTMLSelectElement;
  readonly drop: HTMLButtonElement;
  readonly fault: HTMLElement;
}

/** Edits the parts of a message. */
export class Composer {
  readonly root = el('div', { className: 'stack' });
  #rows: Row[] = [];
  #made = 0; // messages

  constructor(text = '') {
    this.add(text);
  }

  /** Adds a part, and returns the field of it. */
  add(text = ''): HTMLTextAreaElement {
    const row = this.#row(text, this.#rows.length + 1);
    this.#rows.push(row);
    this.root.append(row.root);
    this.#tidy();
    return row.area;
  }

  /** What stands in the fields. */
  get drafts(): Draft[] {
    return this.#rows.map(({ area, mode }) => ({ text: area.value, hex: mode.value === 'hex' }));
  }

  set drafts(drafts: readonly Draft[]) {
    for (const { root } of this.#rows) root.remove();
    this.#rows = [];
    for (const { text, hex } of drafts) {
      this.add(text);
      this.#rows.at(-1)!.mode.value = hex ? 'hex' : 'text';
    }
    if (drafts.length === 0) this.add();
  }

  #row(value: string, n: number): Row {
    const area = el('textarea', {
      rows: 1,
      value,
      spellcheck: false,
      'aria-label': `Part ${n}`,
      'data-testid': 'part',
      onkeydown: sendOnEnter,
    });
    const mode = el(
      'select',
      { 'aria-label': `Part ${n} is`, 'data-testid': 'part-mode' },
      el('option', {}, 'text'),
      el('option', {}, 'hex'),
    );
    const quiet = { className: 'quiet close', 'aria-label': `Remove part ${n}` };
    const drop = button('×', 'part-remove', () => this.#remove(row), quiet);
    const fault = el('p', { className: 'fault', hidden: true });
    const row: Row = { root: el('div', { className: 'part' }, area, mode, drop, fault), area, mode, drop, fault };
    return row;
  }

  #remove(row: Row): void {
    this.#rows = this.#rows.filter((other) => other !== row);
    row.root.remove();
    this.#tidy();
  }

  /** The last part cannot be removed. */
  #tidy(): void {
    for (const { drop } of this.#rows) drop.hidden = this.#rows.length === 1;
  }

  /** The parts, text as strings and hex as bytes; undefined where the hex is none. What {{n}} and the like stand for is filled in. */
  parts(): (string | Uint8Array)[] | undefined {
    const n = ++this.#made;
    const read = this.#rows.map(({ area, mode, fault }) =>
      checked(area, fault, () => (mode.value === 'text' ? filled(area.value, n) : bytesOf(area.value))),
    );
    const parts = read.filter((part) => part !== undefined);
    return parts.length === read.length ? parts : undefined;
  }
}

function bytesOf(hex: string): Uint8Array {
  const digits = hex.replace(/0x|[\s,:]/gi, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error('Hex is pairs of digits, like de ad be ef.');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
