import { el } from '../dom/element.js';
import type { Topic } from '../model/topic.js';
import { Samples } from '../model/samples.js';
import { second } from '../model/ring.js';
import { type TreeRow, treeRows } from '../model/treerows.js';
import { TopicRow } from './topicrow.js';

const columns = ['Topic', 'Last 30 s', 'Rate', 'Messages', 'Size', 'Last value', ''];

/** The tree of the topics. However many there are, the page has only the rows that are seen. */
export class TopicGrid {
  readonly root = el('div', {
    className: 'topicgrid',
    tabIndex: 0,
    role: 'treegrid',
    'aria-label': 'Topics',
    'data-testid': 'topics',
  });
  readonly #body = el('div', { className: 'rows', role: 'rowgroup' });
  readonly #selected: (topic: Topic | undefined) => void;
  readonly #pool: TopicRow[] = [];
  #height = 26; // of a row, in pixels, as the style sheet says it
  #rows: TreeRow[] = [];
  #current: TreeRow | undefined;

  /** selected is told which topic somebody wants to look at. */
  constructor(selected: (topic: Topic | undefined) => void) {
    this.#selected = selected;
    const heads = columns.map((text) =>
      el('span', { role: 'columnheader' }, text || el('span', { className: 'unseen' }, 'Pin')),
    );
    const head = el('div', { className: 'topicrow head', role: 'row', 'aria-rowindex': 1 }, heads);
    this.root.append(el('div', { role: 'rowgroup', className: 'headrow' }, head), this.#body);
    this.root.addEventListener('scroll', () => this.draw());
    this.root.addEventListener('keydown', (event) => this.#key(event));
  }

  /** How many rows there are besides the pinned ones, which are there whatever the filter. */
  get matches(): number {
    return this.#rows.filter(({ pin }) => !pin).length;
  }

  get current(): Topic | undefined {
    return this.#current?.topic;
  }

  /** Takes the tree as it is now, after topics were added or folded, or another filter was chosen. */
  rebuild(roots: readonly Topic[], filter: string): void {
    const current = this.#current;
    this.#height = parseFloat(getComputedStyle(this.root).getPropertyValue('--row')) || this.#height;
    this.#rows = treeRows(roots, filter);
    this.#current = this.#rows.find(({ topic, pin }) => topic === current?.topic && pin === current.pin);
    this.#body.style.height = `${this.#rows.length * this.#height}px`;
    this.root.setAttribute('aria-rowcount', String(this.#rows.length + 1));
    this.draw();
  }

  /** Shows the rows that are seen, with the figures as they are now. */
  draw(): void {
    const first = Math.max(0, Math.floor(this.root.scrollTop / this.#height) - 1);
    const seen = Math.min(this.#rows.length - first, Math.ceil(this.root.clientHeight / this.#height) + 2);
    const now = second();
    for (let i = 0; i < seen; i++) {
      const row = this.#rows[first + i]!;
      const view = this.#pool[i] ?? this.#another(i);
      view.root.hidden = false;
      view.root.style.transform = `translateY(${(first + i) * this.#height}px)`;
      view.show(row, first + i, row === this.#current);
      view.draw(now);
    }
    for (const view of this.#pool.slice(Math.max(0, seen))) view.root.hidden = true;
    this.#point(first, seen);
  }

  #another(i: number): TopicRow {
    const view = new TopicRow(`topic${i}`, {
      select: (row) => this.select(row),
      fold: (topic) => this.fold(topic),
      pin: (topic) => this.pin(topic),
    });
    this.#pool.push(view);
    this.#body.append(view.root);
    return view;
  }

  /** Tells who listens to the page which row is the current one. */
  #point(first: number, seen: number): void {
    const at = this.#current === undefined ? -1 : this.#rows.indexOf(this.#current) - first;
    if (at >= 0 && at < seen) this.root.setAttribute('aria-activedescendant', `topic${at}`);
    else this.root.removeAttribute('aria-activedescendant');
  }

  select(row: TreeRow | undefined): void {
    this.#current = row;
    this.#selected(row?.topic);
    this.draw();
  }

  /** Selects a topic by its name, where it is there. */
  selectNamed(name: string): boolean {
    const row = this.#rows.find(({ topic }) => topic.name === name && topic.parent !== undefined);
    if (row !== undefined) this.select(row);
    return row !== undefined;
  }

  /** What has to happen when the tree looks different: it is the explorer's. */
  changed: () => void = () => {};

  fold(topic: Topic): void {
    topic.open = !topic.open;
    this.changed();
  }

  pin(topic: Topic): void {
    topic.pinned = !topic.pinned;
    if (topic.pinned) topic.samples ??= new Samples();
    else if (topic !== this.#current?.topic) topic.samples = undefined;
    this.changed();
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.root || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#current === undefined ? -1 : this.#rows.indexOf(this.#current);
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.#height) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#rows.length,
    };
    const to = moves[event.key];
    if (to !== undefined) this.#move(to);
    else if (event.key === '*' && this.#current?.topic.parent) this.pin(this.#current.topic);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') this.#sideways(event.key === 'ArrowRight', at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #move(to: number): void {
    const at = Math.max(0, Math.min(this.#rows.length - 1, to));
    const row = this.#rows[at];
    if (row === undefined) return;
    const top = at * this.#height;
    const bottom = top + 2 * this.#height - this.root.clientHeight; // below the head, which covers a row
    if (this.root.scrollTop > top) this.root.scrollTop = top;
    else if (this.root.scrollTop < bottom) this.root.scrollTop = bottom;
    this.select(row);
  }

  /** To the right it unfolds, or goes to the first child; to the left it folds, or goes to the parent. */
  #sideways(right: boolean, at: number): void {
    const row = this.#rows[at];
    if (row === undefined || row.pin) return;
    const { topic } = row;
    if (topic.children.size > 0 && topic.open !== right) this.fold(topic);
    else if (right && topic.children.size > 0) this.#move(at + 1);
    else if (!right && topic.parent) this.#move(this.#rows.findIndex((it) => !it.pin && it.topic === topic.parent));
  }
}
