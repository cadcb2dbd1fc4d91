/** The numbers that a page gives to things, and those that the engine knows them by. */
export class Numbers {
  readonly #engine = new Map<number, number>();
  readonly #page = new Map<number, number>();

  set(page: number, engine: number): void {
    this.#engine.set(page, engine);
    this.#page.set(engine, page);
  }

  engine(page: number): number | undefined {
    return this.#engine.get(page);
  }

  /** 0 for what the page does not know any more. */
  page(engine: number): number {
    return this.#page.get(engine) ?? 0;
  }

  /** Takes the page's number out. */
  take(engine: number): number {
    const page = this.page(engine);
    this.#page.delete(engine);
    this.#engine.delete(page);
    return page;
  }
}
