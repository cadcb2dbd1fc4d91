import { el } from '../dom/element.js';
import { clock, count } from '../dom/format.js';
import { say } from '../dom/text.js';
import { MOST_EVENTS, type Timeline, type TimelineEvent } from '../model/timeline.js';
import { about, labels, tones, why } from './eventtones.js';
import type { View } from './views.js';

/** How many are listed. */
const LISTED = 200;

/** The view of what interrupted the messages, the latest first: what the marks on the chart are. */
export class EventsView implements View {
  readonly root: HTMLElement;
  readonly #timeline: Timeline;
  readonly #rows = el('tbody', {});
  readonly #table: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #more = el('p', { className: 'bounds', hidden: true });
  #needle = '';
  #drawn = -1;

  constructor(timeline: Timeline, empty: HTMLElement) {
    this.#timeline = timeline;
    this.#empty = empty;
    const head = el('tr', {}, ...['Time', 'What', 'Where', 'Why'].map((text) => el('th', { scope: 'col' }, text)));
    this.#table = el('table', { className: 'events', 'data-testid': 'events' }, el('thead', {}, head), this.#rows);
    this.root = el(
      'div',
      { className: 'scrolled', tabIndex: 0, role: 'region', 'aria-label': 'Events' },
      this.#table,
      empty,
      this.#more,
    );
  }

  filter(text: string): void {
    this.#needle = text.toLowerCase();
    this.#drawn = -1;
    this.draw();
  }

  draw(): void {
    const { version, events, dropped } = this.#timeline;
    if (version === this.#drawn) return;
    this.#drawn = version;
    const wanted = events.filter((event) => about(event).toLowerCase().includes(this.#needle));
    this.#rows.replaceChildren(...wanted.slice(-LISTED).reverse().map(row));
    this.#table.hidden = wanted.length === 0;
    this.#empty.hidden = wanted.length > 0;
    const unlisted = Math.max(0, wanted.length - LISTED);
    this.#more.hidden = unlisted + dropped === 0;
    say(
      this.#more,
      `${count(unlisted)} earlier ones are not listed${dropped > 0 ? `, ${count(dropped)} beyond ${count(MOST_EVENTS)} are forgotten` : ''}.`,
    );
  }
}

function row(event: TimelineEvent): HTMLElement {
  const { what, when, where } = event;
  const tone = el('td', {}, el('span', { className: `tone ${tones[what]}` }, labels[what]));
  return el(
    'tr',
    { 'data-what': what },
    el('td', {}, clock(when)),
    tone,
    el('td', {}, where || 'connection'),
    el('td', {}, why(event)),
  );
}
