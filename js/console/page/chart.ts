import { find } from '../dom/element.js';
import { count, short } from '../dom/format.js';
import { SPAN, second, type Traffic } from '../model/traffic.js';

type Series = ReturnType<Traffic['current']>;

// Around the bars, in pixels: numbers at the left, times below.
const LEFT = 36;
const BOTTOM = 17;
const TOP = 7;

/** The chart of messages per second by socket over the last minute, and the figures above it. */
export class Chart {
  readonly #traffic: Traffic;
  readonly #canvas = find('chart', HTMLCanvasElement);

  constructor(traffic: Traffic) {
    this.#traffic = traffic;
  }

  readonly draw = (): void => {
    const now = second();
    const series = this.#traffic.current();
    const sums = Array.from({ length: SPAN }, (_, i) => series.reduce((sum, [, ring]) => sum + ring.at(now + 1 + i), 0));
    const peak = Math.max(...sums);
    this.#drawFigures(sums[SPAN - 2] ?? 0, peak);
    const pen = this.#canvas.getContext('2d');
    if (pen === null) return;
    const plot = new Plot(pen, this.#fit(pen), peak);
    plot.drawGrid();
    plot.drawBars(series, now);
    plot.drawTimes();
  };

  /** rate is that of the last whole second. */
  #drawFigures(rate: number, peak: number): void {
    find('rate').textContent = short(rate);
    find('total').textContent = count(this.#traffic.total);
    find('peak').textContent = short(peak);
    const spoken = `Messages per second over the last minute: ${count(rate)} now, ${count(peak)} at most`;
    this.#canvas.setAttribute('aria-label', spoken);
  }

  /** Clears the canvas, with a pixel of it for each of the screen. */
  #fit(pen: CanvasRenderingContext2D): Size {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio;
    const size = { width: canvas.clientWidth, height: canvas.clientHeight };
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    return size;
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** One drawing of the chart. */
class Plot {
  readonly #pen: CanvasRenderingContext2D;
  readonly #size: Size;
  readonly #unit: number; // messages between two lines of the grid
  readonly #most: number; // messages at the topmost one
  readonly #slot: number; // pixels of a second
  readonly #style = getComputedStyle(document.documentElement);
  readonly #colours = new Map<string, string>();

  constructor(pen: CanvasRenderingContext2D, size: Size, peak: number) {
    this.#pen = pen;
    this.#size = size;
    const high = Math.max(peak, 4);
    const step = 10 ** Math.floor(Math.log10(high / 2));
    this.#unit = step * ([1, 2, 5, 10].find((k) => high / (k * step) <= 3.2) ?? NaN);
    this.#most = Math.ceil(high / this.#unit) * this.#unit;
    this.#slot = (size.width - LEFT) / SPAN;
    pen.font = `10.5px ${this.#colour('sans')}`;
    pen.textBaseline = 'middle';
  }

  /** A variable of the style sheet. */
  #colour(name: string): string {
    let value = this.#colours.get(name);
    if (value === undefined) this.#colours.set(name, (value = this.#style.getPropertyValue(`--${name}`)));
    return value;
  }

  #write(text: string, align: CanvasTextAlign, x: number, y: number): void {
    this.#pen.textAlign = align;
    this.#pen.fillStyle = this.#colour('faint');
    this.#pen.fillText(text, x, y);
  }

  /** Where so many messages are. */
  #y(n: number): number {
    const floor = this.#size.height - BOTTOM;
    return floor - ((floor - TOP) * n) / this.#most;
  }

  drawGrid(): void {
    for (let n = 0; n <= this.#most; n += this.#unit) {
      this.#pen.fillStyle = this.#colour(n > 0 ? 'line' : 'line-strong');
      this.#pen.fillRect(LEFT, Math.round(this.#y(n)), this.#size.width - LEFT, 1);
      this.#write(short(n), 'right', LEFT - 8, this.#y(n));
    }
  }

  drawBars(series: Series, now: number): void {
    const pen = this.#pen;
    const width = Math.max(1, Math.min(this.#slot - 1.5, 12));
    for (let i = 0; i < SPAN; i++) {
      const x = LEFT + i * this.#slot + (this.#slot - width) / 2;
      let base = 0;
      pen.globalAlpha = i === SPAN - 1 ? 0.5 : 1; // this second is not over
      for (const [{ kind }, ring] of series) {
        const n = ring.at(now + 1 + i);
        const top = this.#y(base + n);
        const space = base > 0 ? 0.75 : 0; // between the sockets
        pen.fillStyle = this.#colour(kind.toLowerCase());
        if (n > 0) pen.fillRect(x, top, width, Math.max(1, this.#y(base) - top - space));
        base += n;
      }
    }
    pen.globalAlpha = 1;
  }

  drawTimes(): void {
    const { width, height } = this.#size;
    for (const ago of [45, 30, 15]) this.#write(`−${ago} s`, 'center', width - (ago + 0.5) * this.#slot, height - 5);
    this.#write('now', 'right', width, height - 5);
  }
}
