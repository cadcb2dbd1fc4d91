import { el } from '../dom/element.js';
import { count, millis, short } from '../dom/format.js';
import { Pen, scale } from '../dom/pen.js';
import { say } from '../dom/text.js';
import { edge, Latencies } from '../model/latencies.js';
import type { Observations } from '../model/observations.js';
import type { View } from './views.js';

const LEFT = 44;
const RIGHT = 30;
const BOTTOM = 18;
const TOP = 8;

const figures = ['answers', 'median', '90 %', '99 %', 'longest'] as const;

/** The view of how long answers took: a histogram whose time grows by doubling, and the figures of it. */
export class LatencyView implements View {
  readonly root: HTMLElement;
  readonly #seen: Observations;
  readonly #empty: HTMLElement;
  readonly #box: HTMLElement;
  readonly #which = el('select', { 'aria-label': 'Answers of which socket', onchange: () => this.draw() });
  readonly #canvas = el('canvas', { role: 'img', 'data-testid': 'histogram' });
  readonly #values = figures.map((name) => el('b', { 'data-testid': `latency-${name}` }));
  #offered = '';

  constructor(seen: Observations, empty: HTMLElement) {
    this.#seen = seen;
    this.#empty = empty;
    const facts = figures.map((name, i) => el('span', {}, this.#values[i]!, ` ${name}`));
    this.#box = el(
      'div',
      { className: 'latency' },
      el('div', { className: 'row' }, el('div', { className: 'facts grow' }, facts), this.#which),
      this.#canvas,
    );
    this.root = el('div', { className: 'scrolled' }, this.#box, empty);
  }

  draw(): void {
    const latencies = this.#chosen();
    this.#empty.hidden = latencies.count > 0;
    this.#box.hidden = latencies.count === 0;
    if (latencies.count === 0) return;
    const { most } = latencies;
    const times = [latencies.within(0.5), latencies.within(0.9), latencies.within(0.99), most].map(millis);
    for (const [i, text] of [count(latencies.count), ...times].entries()) say(this.#values[i]!, text);
    this.#canvas.setAttribute(
      'aria-label',
      `How long ${count(latencies.count)} answers took: half of them up to ${times[0]}, the longest ${times[3]}`,
    );
    const pen = Pen.on(this.#canvas);
    if (pen !== undefined) drawHistogram(pen, latencies);
  }

  /** The answers of the socket that is chosen, or all. */
  #chosen(): Latencies {
    const sources = [...this.#seen.bySource];
    const names = sources.map(([{ name }]) => name);
    if (names.join() !== this.#offered) {
      const chosen = this.#which.value;
      this.#offered = names.join();
      this.#which.replaceChildren(
        el('option', { value: '' }, 'All sockets'),
        ...names.map((value) => el('option', { value }, value)),
      );
      this.#which.value = names.includes(chosen) ? chosen : '';
    }
    return sources.find(([{ name }]) => name === this.#which.value)?.[1] ?? this.#seen.latencies;
  }
}

function drawHistogram(pen: Pen, latencies: Latencies): void {
  const [first, last] = latencies.range;
  const { unit, most } = scale(Math.max(...latencies.bins));
  const floor = pen.height - BOTTOM;
  const y = (n: number): number => floor - ((floor - TOP) * n) / most;
  const slot = Math.min(60, (pen.width - LEFT - RIGHT) / (last - first + 1));
  for (let n = 0; n <= most; n += unit) {
    pen.rect(n > 0 ? 'line' : 'line-strong', LEFT, Math.round(y(n)), pen.width - LEFT, 1);
    pen.write(short(n), 'right', LEFT - 8, y(n));
  }
  const every = Math.ceil(64 / slot); // so that the times do not touch
  for (let bin = first; bin <= last; bin++) {
    const x = LEFT + (bin - first) * slot;
    const n = latencies.bins[bin]!;
    if (n > 0) pen.rect('req', x + 1, y(n), Math.max(1, slot - 2), Math.max(1, floor - y(n)));
    if ((bin - first) % every === 0) pen.write(millis(edge(bin)), 'left', x, pen.height - 6);
  }
}
