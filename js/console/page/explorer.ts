import { el } from '../dom/element.js';
import { count, size } from '../dom/format.js';
import { say } from '../dom/text.js';
import { MOST_BYTES, MOST_TOPICS, type Topics } from '../model/topics.js';
import { Inspector } from './inspector.js';
import { TopicGrid } from './topicgrid.js';
import type { View } from './views.js';

/** The view of the topics: their tree, and one of them in full. */
export class Explorer implements View {
  readonly root: HTMLElement;
  readonly inspector = new Inspector(() => this.#grid.select(undefined));
  readonly #topics: Topics;
  readonly #grid: TopicGrid;
  readonly #empty: HTMLElement;
  readonly #bounds = el('p', { className: 'bounds', 'data-testid': 'topics-bounds', hidden: true });
  #filter = '';
  #version = -1;
  /** Another topic is looked at. */
  changed: () => void = () => {};
  #wanted: string | undefined; // a topic that a link names, until it is there

  constructor(topics: Topics, empty: HTMLElement) {
    this.#topics = topics;
    this.#empty = empty;
    this.#grid = new TopicGrid((topic) => {
      this.inspector.show(topic);
      if (topic !== undefined) this.inspector.root.scrollIntoView({ block: 'nearest' });
      this.changed();
    });
    this.#grid.changed = () => this.#rebuild();
    this.root = el(
      'div',
      { className: 'explorer' },
      el('div', { className: 'gridbox' }, this.#grid.root, empty, this.#bounds),
      this.inspector.root,
    );
  }

  get topic(): string | undefined {
    return this.#grid.current?.name;
  }

  /** Selects a topic as soon as it appears. */
  want(name: string | undefined): void {
    this.#wanted = name;
  }

  filter(text: string): void {
    this.#filter = text;
    this.#rebuild();
  }

  draw(): void {
    if (this.#topics.version !== this.#version) this.#rebuild();
    else this.#grid.draw();
    this.#drawBounds();
    this.inspector.draw();
  }

  #rebuild(): void {
    const { roots, topics, version } = this.#topics;
    this.#version = version;
    this.#empty.hidden = topics > 0;
    this.#grid.root.hidden = topics === 0; // before it is drawn: what is hidden has no height
    this.#grid.rebuild(roots, this.#filter);
    if (this.inspector.topic !== undefined && !roots.includes(this.inspector.topic.root))
      this.inspector.show(undefined);
    this.#drawBounds();
    if (this.#wanted !== undefined && this.#grid.selectNamed(this.#wanted)) this.#wanted = undefined;
  }

  #drawBounds(): void {
    const { topics, overflow, kept } = this.#topics;
    const said = [
      this.#filter !== '' && topics > 0 && this.#grid.matches === 0 ? `No topic contains “${this.#filter}”.` : '',
      topics >= MOST_TOPICS
        ? `${count(MOST_TOPICS)} topics are listed at most: ${count(overflow)} messages of others are counted only.`
        : '',
      kept >= MOST_BYTES ? `Last values take ${size(MOST_BYTES)} at most: of others the beginning is kept.` : '',
    ];
    say(this.#bounds, said.join(' ').trim());
    this.#bounds.hidden = this.#bounds.textContent === '';
  }
}
