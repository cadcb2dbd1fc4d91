import { button, el } from '../dom/element.js';
import { rate, short, size } from '../dom/format.js';
import { Sparkline } from '../dom/sparkline.js';
import { say } from '../dom/text.js';
import { RECENT, type Topic } from '../model/topic.js';
import type { TreeRow } from '../model/treerows.js';

/** What can be done to a row. */
export interface RowActions {
  select(row: TreeRow): void;
  fold(topic: Topic): void;
  pin(topic: Topic): void;
}

/** One row of the explorer on the page. It shows one topic after another, as the tree is scrolled. */
export class TopicRow {
  readonly root: HTMLElement;
  #row: TreeRow | undefined;
  readonly #twist = el('i', { className: 'twist', 'aria-hidden': 'true' });
  readonly #label = el('span', { className: 'label' });
  readonly #line = new Sparkline();
  readonly #rate = el('span', { className: 'number rate', role: 'gridcell' });
  readonly #count = el('span', { className: 'number count', role: 'gridcell' });
  readonly #size = el('span', { className: 'number size', role: 'gridcell' });
  readonly #value = el('span', { className: 'value', role: 'gridcell' });
  readonly #pin: HTMLButtonElement;

  constructor(id: string, actions: RowActions) {
    this.#pin = button('', 'topic-pin', () => this.#row && actions.pin(this.#row.topic), {
      className: 'pin',
      tabIndex: -1,
    });
    const name = el('span', { className: 'name', role: 'gridcell' }, this.#twist, this.#label);
    this.root = el(
      'div',
      { id, className: 'topicrow', role: 'row', 'data-testid': 'topic' },
      name,
      el('span', { className: 'spark', role: 'gridcell' }, this.#line.root),
      this.#rate,
      this.#count,
      this.#size,
      this.#value,
      el('span', { role: 'gridcell' }, this.#pin),
    );
    this.#twist.addEventListener('click', (event) => {
      event.stopPropagation();
      if (this.#row && !this.#row.pin) actions.fold(this.#row.topic);
    });
    this.root.addEventListener('click', (event) => {
      // The pin is no choice of the row, which is another one once the pin has moved it.
      if (this.#row && event.target !== this.#pin) actions.select(this.#row);
    });
    this.root.addEventListener('dblclick', () => this.#row && !this.#row.pin && actions.fold(this.#row.topic));
  }

  /** Shows a row, which is the index-th of the tree. */
  show(row: TreeRow, index: number, selected: boolean): void {
    const { topic, pin } = row;
    const branch = !pin && topic.children.size > 0;
    this.#row = row;
    this.root.setAttribute('aria-rowindex', String(index + 2));
    this.root.setAttribute('aria-selected', String(selected));
    this.root.setAttribute('aria-level', String(pin ? 1 : topic.depth + 1));
    if (branch) this.root.setAttribute('aria-expanded', String(topic.open));
    else this.root.removeAttribute('aria-expanded');
    this.root.classList.toggle('root', topic.parent === undefined);
    this.root.classList.toggle('pinned', pin);
    this.root.dataset['topic'] = topic.name;
    this.#twist.classList.toggle('branch', branch);
    this.#twist.style.marginLeft = pin ? '0' : `${topic.depth * 14}px`;
    say(this.#label, labelOf(row));
    this.#label.title = topic.name;
    this.#pin.hidden = topic.parent === undefined;
    this.#pin.setAttribute('aria-pressed', String(topic.pinned));
    this.#pin.setAttribute('aria-label', `Pin ${topic.name}`);
    say(this.#pin, topic.pinned ? '★' : '☆');
  }

  /** Shows the figures as they are now. */
  draw(now: number): void {
    const topic = this.#row?.topic;
    if (topic === undefined) return;
    topic.recent.advance(now);
    this.#line.draw(Array.from({ length: RECENT - 2 }, (_, i) => topic.recent.at(now - RECENT + 2 + i)));
    say(this.#rate, rate(topic.rate(now)));
    say(this.#count, short(topic.count));
    say(this.#size, topic.own > 0 ? size(topic.size) : '');
    say(this.#value, valueOf(topic));
  }
}

function labelOf({ topic, pin }: TreeRow): string {
  return (pin ? topic.name : topic.label) || '(no topic)';
}

/** The last value in a line; of a branch, what is below it. */
function valueOf(topic: Topic): string {
  if (topic.own === 0) return topic.children.size === 1 ? '1 topic' : `${topic.children.size} topics`;
  const body = topic.parts.length > 1 ? topic.parts.slice(1, 4) : topic.parts;
  return body.map((part) => part.preview.slice(0, 160)).join('  |  ');
}
