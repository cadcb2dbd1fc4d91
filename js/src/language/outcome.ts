/**
 * A promise that its caller may ignore. Since 2012 `socket.connect(address)` may stand alone on a line, so a failure that
 * nobody asks about must not become an unhandled rejection: the function `unobserved` is told of it instead.
 */
export class Outcome<T> extends Promise<T> {
  /** What then and catch return is a plain promise: whoever called them has to handle its rejection as usual. */
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
