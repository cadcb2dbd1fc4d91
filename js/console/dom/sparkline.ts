const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 96;
const HEIGHT = 18;

/** A line of a few numbers, as small as a word. It says nothing that the numbers beside it do not say. */
export class Sparkline {
  readonly root = document.createElementNS(SVG, 'svg');
  readonly #path = document.createElementNS(SVG, 'path');
  #drawn = '';

  constructor() {
    this.root.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    this.root.setAttribute('class', 'sparkline');
    this.root.setAttribute('aria-hidden', 'true');
    this.root.setAttribute('preserveAspectRatio', 'none');
    this.root.append(this.#path);
  }

  draw(values: readonly number[]): void {
    const most = Math.max(...values, 1);
    const step = WIDTH / Math.max(1, values.length - 1);
    const points = values.map(
      (n, i) => `${(i * step).toFixed(1)} ${(HEIGHT - 1 - (n / most) * (HEIGHT - 2)).toFixed(1)}`,
    );
    const path = `M${points.join('L')}`;
    if (path !== this.#drawn) this.#path.setAttribute('d', path);
    this.#drawn = path;
  }
}
