/** How many places at the front may be empty before the rest moves up. */
const slack = 1024;

/** A queue. Taking the first one out costs the same however many wait behind it, which shift of an array does not promise. */
export class Queue<T> {
  #all: (T | undefined)[] = [];
  /** Where the first one is. */
  #head = 0;

  get length(): number {
    return this.#all.length - this.#head;
  }

  /** The first one; undefined when there is none. */
  get first(): T | undefined {
    return this.#all[this.#head];
  }

  push(it: T): void {
    this.#all.push(it);
  }

  /** Takes the first one out; undefined when there is none. */
  shift(): T | undefined {
    const first = this.#all[this.#head];
    if (this.#head === this.#all.length) return undefined;
    this.#all[this.#head++] = undefined; // it must not be kept in memory
    if (this.#head === this.#all.length) this.clear();
    else if (this.#head > slack && 2 * this.#head > this.#all.length) this.#moveUp();
    return first;
  }

  #moveUp(): void {
    this.#all.splice(0, this.#head);
    this.#head = 0;
  }

  clear(): void {
    if (this.#all.length > slack) this.#all = [];
    else this.#all.length = 0;
    this.#head = 0;
  }

  /** How many of them are as wanted. */
  count(wanted: (it: T) => boolean): number {
    let count = 0;
    for (let i = this.#head; i < this.#all.length; i++) if (wanted(this.#all[i] as T)) count++;
    return count;
  }
}
