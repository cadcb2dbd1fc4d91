/** The longest that a timer can wait, in milliseconds. */
const longest = 0x7fffffff;

/**
 * What keeps Node running. The timers of this library do not, because they are for something that goes on anyway; whatever goes
 * on holds one of these. In a page it has no effect.
 */
export class KeepAlive {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Keeps it running. */
  hold(): void {
    this.#timer ??= setTimeout(() => {
      this.release();
      this.hold();
    }, longest);
  }

  /** Does not any more. */
  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
