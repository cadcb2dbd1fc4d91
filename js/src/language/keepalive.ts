/** A timer that never comes to anything, in milliseconds. */
const never = 0x7fffffff;

/**
 * What keeps Node running. The timers of this library do not, because they are for something that goes on anyway; whatever goes
 * on holds one of these. In a page it has no effect.
 */
export class KeepAlive {
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Keeps it running. */
  hold(): void {
    this.#timer ??= setInterval(() => {}, never);
  }

  /** Does not any more. */
  release(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
