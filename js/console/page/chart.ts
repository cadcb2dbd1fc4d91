import { Choice } from '../dom/choice.js';
import { el, find } from '../dom/element.js';
import { clock, count, short } from '../dom/format.js';
import { Pen, scale } from '../dom/pen.js';
import { say } from '../dom/text.js';
import { second } from '../model/ring.js';
import type { Timeline } from '../model/timeline.js';
import type { Traffic } from '../model/traffic.js';
import { about, tones } from './eventtones.js';

type Series = ReturnType<Traffic['current']>;

/** How many bars there are, and how many seconds each may stand for. */
const BARS = 60;
const spans = { '1 min': 1, '10 min': 10, '1 h': 60 } as const;
type Span = keyof typeof spans;

// Around the bars, in pixels: numbers at the left, times below, and above them what interrupted the messages.
const LEFT = 36;
const BOTTOM = 17;
const TOP = 16;

/** The time line: messages per second by socket, what interrupted them where it happened, and the figures above. */
export class Chart {
  readonly #traffic: Traffic;
  readonly #timeline: Timeline;
  readonly #canvas = find('chart', HTMLCanvasElement);
  readonly #tip = find('charttip');
  readonly #span: Choice<Span>;
  #at: number | undefined; // where the pointer is, in pixels

  constructor(traffic: Traffic, timeline: Timeline) {
    this.#traffic = traffic;
    this.#timeline = timeline;
    this.#span = new Choice<Span>('span', 'How far the chart goes back', ['1 min', '10 min', '1 h'], '1 min', () =>
      this.draw(),
    );
    find('spans').append(this.#span.root);
    this.#canvas.addEventListener('pointermove', (event) => this.#look(event.offsetX));
    this.#canvas.addEventListener('pointerleave', () => this.#look(undefined));
  }

  #look(at: number | undefined): void {
    this.#at = at;
    this.draw();
  }

  readonly draw = (): void => {
    const step = spans[this.#span.value ?? '1 min'];
    const last = Math.floor(second() / step) * step;
    const bars = new Bars(this.#traffic.current(), last - (BARS - 1) * step, step);
    this.#drawFigures(bars);
    const pen = Pen.on(this.#canvas);
    if (pen === undefined) return;
    const slot = (pen.width - LEFT) / BARS;
    drawBars(pen, bars, slot);
    this.#drawEvents(pen, bars, slot);
    drawTimes(pen, step, slot);
    this.#drawTip(bars, slot);
  };

  /** The rate is that of the last whole second. */
  #drawFigures({ series, peak }: Bars): void {
    const now = second() - 1;
    const rate = series.reduce((sum, [, ring]) => sum + ring.at(now), 0);
    say(find('rate'), short(rate));
    say(find('total'), count(this.#traffic.total));
    say(find('peak'), short(peak));
    const events = this.#timeline.events.length;
    const spoken = `Messages per second: ${count(rate)} now, ${count(Math.round(peak))} at most, ${count(events)} interruptions`;
    this.#canvas.setAttribute('aria-label', spoken);
  }

  #drawEvents(pen: Pen, { first, step }: Bars, slot: number): void {
    const { context } = pen;
    for (const { what, when } of this.#timeline.events) {
      const i = (when / 1000 - first) / step;
      if (i < 0 || i > BARS) continue;
      const x = Math.round(LEFT + i * slot);
      pen.context.globalAlpha = 0.5;
      pen.rect(tones[what], x, TOP, 1, pen.height - BOTTOM - TOP);
      context.globalAlpha = 1;
      context.beginPath();
      context.moveTo(x - 4, 4);
      context.lineTo(x + 5, 4);
      context.lineTo(x + 0.5, 12);
      context.fill();
    }
  }

  /** Says what is under the pointer. */
  #drawTip({ series, first, step }: Bars, slot: number): void {
    this.#tip.hidden = this.#at === undefined || this.#at < LEFT;
    if (this.#at === undefined || this.#tip.hidden) return;
    const i = Math.min(BARS - 1, Math.floor((this.#at - LEFT) / slot));
    const from = first + i * step;
    const sources = series
      .map(([source, ring]) => [source.name, ring.sum(from, step)] as const)
      .filter(([, n]) => n > 0);
    const events = this.#timeline.events
      .filter(({ when }) => when >= from * 1000 && when < (from + step) * 1000)
      .slice(-4);
    this.#tip.replaceChildren(
      el('b', {}, clock(from * 1000)),
      ...sources.map(([name, n]) => el('span', {}, `${name}: ${count(n)}`)),
      ...events.map((event) => el('span', { className: tones[event.what] }, about(event))),
    );
    this.#tip.style.left = `${Math.min(this.#at + 14, this.#canvas.clientWidth - this.#tip.offsetWidth)}px`;
  }
}

/** What the bars say: messages per second of each socket, in each of the spans of time. */
class Bars {
  readonly peak: number;

  constructor(
    readonly series: Series,
    readonly first: number,
    readonly step: number,
  ) {
    const sums = Array.from({ length: BARS }, (_, i) => series.reduce((sum, [, ring]) => sum + this.rate(ring, i), 0));
    this.peak = Math.max(...sums);
  }

  rate(ring: Series[number][1], i: number): number {
    return ring.sum(this.first + i * this.step, this.step) / this.step;
  }
}

function drawBars(pen: Pen, bars: Bars, slot: number): void {
  const { unit, most } = scale(bars.peak);
  const floor = pen.height - BOTTOM;
  const y = (n: number): number => floor - ((floor - TOP) * n) / most;
  for (let n = 0; n <= most; n += unit) {
    pen.rect(n > 0 ? 'line' : 'line-strong', LEFT, Math.round(y(n)), pen.width - LEFT, 1);
    pen.write(short(n), 'right', LEFT - 8, y(n));
  }
  const width = Math.max(1, Math.min(slot - 1.5, 12));
  for (let i = 0; i < BARS; i++) {
    const x = LEFT + i * slot + (slot - width) / 2;
    let base = 0;
    pen.context.globalAlpha = i === BARS - 1 ? 0.5 : 1; // this time is not over
    for (const [{ kind }, ring] of bars.series) {
      const n = bars.rate(ring, i);
      const space = base > 0 ? 0.75 : 0; // between the sockets
      if (n > 0) pen.rect(colourOf(kind), x, y(base + n), width, Math.max(1, y(base) - y(base + n) - space));
      base += n;
    }
  }
  pen.context.globalAlpha = 1;
}

function drawTimes(pen: Pen, step: number, slot: number): void {
  const unit = step === 60 ? 'min' : step === 10 ? 'min' : 's';
  for (const share of [45, 30, 15]) {
    const ago = step === 60 ? share : step === 10 ? (share * 10) / 60 : share;
    pen.write(`−${ago} ${unit}`, 'center', pen.width - (share + 0.5) * slot, pen.height - 5);
  }
  pen.write('now', 'right', pen.width, pen.height - 5);
}

/** The variable of the style sheet that has the colour of a kind of socket. */
function colourOf(kind: string): string {
  return `type-${kind.toLowerCase()}`;
}
