import { el } from '../dom/element.js';
import { count, short } from '../dom/format.js';
import { showParts } from '../dom/parts.js';
import type { Direction, LogRecord } from '../model/log.js';

const arrows: Readonly<Record<Direction, readonly [arrow: string, spoken: string]>> = {
  in: ['←', 'received'],
  out: ['→', 'sent'],
  note: ['·', ''],
};

/** One row of the log. It unfolds to the parts in full, which are drawn when it does. */
export class Row {
  readonly root: HTMLDetailsElement;
  readonly #record: LogRecord;
  readonly #more = el('span', { className: 'more' });

  /** toggled is told whether the row was unfolded or folded. */
  constructor(record: LogRecord, toggled: (open: boolean) => void) {
    this.#record = record;
    const { source, direction, tone } = record;
    this.root = el(
      'details',
      { className: `${direction} ${tone}`, 'data-type': source.kind, 'data-testid': 'log-row', 'data-dir': direction },
      this.#summary(),
    );
    this.root.addEventListener('toggle', () => {
      toggled(this.root.open);
      if (this.root.open) this.#unfold();
    });
    if (record.more > 0) this.drawMore();
  }

  #summary(): HTMLElement {
    const { source, direction, text, parts, when } = this.#record;
    const [arrow, spoken] = arrows[direction];
    return el(
      'summary',
      {},
      time(when),
      el('span', { className: 'who' }, source.name),
      el('span', { className: 'dir' }, arrow, el('span', { className: 'unseen' }, spoken)),
      el('span', { className: 'what' }, text ?? parts.map((part) => el('span', {}, part.preview))),
      this.#more,
    );
  }

  #unfold(): void {
    const { text, parts } = this.#record;
    if (this.root.childElementCount === 1) {
      this.root.append(el('div', { className: 'parts' }, text !== undefined ? el('p', {}, text) : showParts(parts)));
    }
    this.root.scrollIntoView({ block: 'nearest' });
  }

  /** Shows how many messages were only counted after this one. */
  drawMore(): void {
    const { more } = this.#record;
    this.#more.textContent = `+${short(more)}`;
    this.#more.title = `${count(more)} more messages before the next row, counted but not drawn`;
  }
}

function time(when: number): HTMLElement {
  const millis = String(when % 1000).padStart(3, '0');
  return el('time', {}, new Date(when).toTimeString().slice(0, 8), el('i', {}, `.${millis}`));
}
