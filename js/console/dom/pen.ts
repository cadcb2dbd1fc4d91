/** Draws on a canvas, with the colours and the font of the style sheet, and a pixel of it for each of the screen. */
export class Pen {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly #style = getComputedStyle(document.documentElement);
  readonly #colours = new Map<string, string>();

  /** Takes a canvas, and clears it; undefined where it is not on the screen. */
  static on(canvas: HTMLCanvasElement): Pen | undefined {
    const context = canvas.getContext('2d');
    return context === null || canvas.clientWidth === 0 ? undefined : new Pen(canvas, context);
  }

  private constructor(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D) {
    this.context = context;
    this.width = canvas.clientWidth;
    this.height = canvas.clientHeight;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = `10.5px ${this.colour('sans')}`;
    context.textBaseline = 'middle';
  }

  /** A variable of the style sheet. */
  colour(name: string): string {
    let value = this.#colours.get(name);
    if (value === undefined) this.#colours.set(name, (value = this.#style.getPropertyValue(`--${name}`)));
    return value;
  }

  rect(colour: string, x: number, y: number, width: number, height: number): void {
    this.context.fillStyle = this.colour(colour);
    this.context.fillRect(x, y, width, height);
  }

  write(text: string, align: CanvasTextAlign, x: number, y: number): void {
    this.context.textAlign = align;
    this.context.fillStyle = this.colour('faint');
    this.context.fillText(text, x, y);
  }

  /** A line through points. */
  line(colour: string, points: Iterable<readonly [x: number, y: number]>, width = 1.5): void {
    const { context } = this;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.strokeStyle = this.colour(colour);
    context.lineWidth = width;
    context.lineJoin = 'round';
    context.stroke();
  }
}

/** A scale from 0 on: where its lines are, in numbers that one can read, and the topmost of them. */
export function scale(peak: number): { readonly unit: number; readonly most: number } {
  const high = Math.max(peak, 4);
  const step = 10 ** Math.floor(Math.log10(high / 2));
  const unit = step * ([1, 2, 5, 10].find((k) => high / (k * step) <= 3.2) ?? 10);
  return { unit, most: Math.ceil(high / unit) * unit };
}
