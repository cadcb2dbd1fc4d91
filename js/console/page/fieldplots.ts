import { el } from '../dom/element.js';
import { clock, figure } from '../dom/format.js';
import { Pen } from '../dom/pen.js';
import { say } from '../dom/text.js';
import type { Line, Samples } from '../model/samples.js';

/** The numbers of a topic over time: a line for each of them, with a scale of its own. */
export class FieldPlots {
  readonly root = el('div', {
    className: 'plots',
    tabIndex: 0,
    role: 'group',
    'aria-label': 'Numbers over time',
    'data-testid': 'plots',
  });
  readonly #nothing = el(
    'p',
    { className: 'label' },
    'No number in this topic so far. JSON, MessagePack and plain numbers are read.',
  );
  readonly #plots = new Map<string, FieldPlot>();
  #samples: Samples | undefined;

  draw(samples: Samples): void {
    if (samples !== this.#samples) {
      this.#plots.clear();
      this.root.replaceChildren(this.#nothing);
    }
    this.#samples = samples;
    this.#nothing.hidden = samples.lines.size > 0;
    for (const [name, line] of samples.lines) {
      let plot = this.#plots.get(name);
      if (plot === undefined) {
        this.#plots.set(name, (plot = new FieldPlot(name)));
        this.root.append(plot.root);
      }
      plot.draw(line);
    }
  }
}

class FieldPlot {
  readonly root: HTMLElement;
  readonly #name: string;
  readonly #canvas = el('canvas', { role: 'img' });
  readonly #value = el('b', {});
  readonly #range = el('span', { className: 'label' });
  #line: Line | undefined;
  #at: number | undefined; // where the pointer is, in pixels

  constructor(name: string) {
    this.#name = name;
    const head = el(
      'div',
      { className: 'row' },
      el('code', {}, name),
      this.#value,
      el('span', { className: 'grow' }),
      this.#range,
    );
    this.root = el('div', { className: 'plot' }, head, this.#canvas);
    this.#canvas.addEventListener('pointermove', (event) => this.#look(event.offsetX));
    this.#canvas.addEventListener('pointerleave', () => this.#look(undefined));
  }

  #look(at: number | undefined): void {
    this.#at = at;
    if (this.#line !== undefined) this.draw(this.#line);
  }

  draw(line: Line): void {
    this.#line = line;
    const { times, values } = line;
    const last = values.length - 1;
    const low = Math.min(...values);
    const high = Math.max(...values);
    say(this.#range, `${figure(low)} … ${figure(high)}`);
    this.#canvas.setAttribute(
      'aria-label',
      `${this.#name}: ${figure(values[last]!)} now, between ${figure(low)} and ${figure(high)}`,
    );
    const pen = Pen.on(this.#canvas);
    if (pen === undefined) return;
    const [first, span] = [times[0]!, Math.max(1000, times[last]! - times[0]!)];
    const x = (i: number): number => 2 + ((times[i]! - first) / span) * (pen.width - 4);
    const y = (i: number): number =>
      pen.height - 4 - (high > low ? (values[i]! - low) / (high - low) : 0.5) * (pen.height - 8);
    pen.rect('line', 0, pen.height - 1, pen.width, 1);
    pen.line(
      'sub',
      values.map((_, i) => [x(i), y(i)] as const),
    );
    const at = this.#at === undefined ? last : nearest(values.length, this.#at, x);
    if (this.#at !== undefined) pen.rect('line-strong', x(at), 0, 1, pen.height);
    pen.rect('sub', x(at) - 2, y(at) - 2, 4, 4);
    say(this.#value, figure(values[at]!) + (this.#at === undefined ? '' : `  at ${clock(times[at]!)}`));
  }
}

function nearest(length: number, at: number, x: (i: number) => number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (Math.abs(x(i) - at) < Math.abs(x(best) - at)) best = i;
  return best;
}
