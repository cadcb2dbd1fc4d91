/**
 * A promise for callers who may not look: `socket.connect(address)` stands alone on a line since 2012. When it fails
 * and nobody asked, that is no unhandled rejection; `unobserved` is told instead.
 */
export class Outcome<T> extends Promise<T> {
  /** What then and catch return is a plain promise, whose rejections are its owner's. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #observed = false;

  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#observed = true;
    return super.then(fulfilled, rejected);
  }

  /** Makes an Outcome of a promise. */
  static of<T>(promise: Promise<T>, unobserved: (reason: unknown) => void): Outcome<T> {
    const outcome = new Outcome<T>((resolve, reject) => void promise.then(resolve, reject));
    super.prototype.then.call(outcome, undefined, (reason: unknown) => {
      if (!outcome.#observed) unobserved(reason);
    });
    return outcome;
  }
}

/** A promise and the means to settle it. */
export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
