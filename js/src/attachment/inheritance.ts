import type { Standing } from './standing.js';

/** What the page before wrote down of an endpoint or a subscription. */
interface Snapshot {
  readonly number: number;
  readonly state: string;
}

/**
 * The endpoints, or the subscriptions, that a socket of the page before had at the bridge. When the page asks for one of
 * them again, it claims it instead of opening another one.
 */
export class Inheritance<Heir extends Standing, Left extends Snapshot> {
  #unclaimed: Left[] = [];
  #claimed: [Heir, string][] = [];

  /** This is what there was. */
  receive(left: readonly Left[]): void {
    this.#unclaimed = [...left];
  }

  /** Claims the first one that is the same, and tells whether there is one. The heir gets its number. */
  claim(heir: Heir, isSame: (left: Left) => boolean): boolean {
    const at = this.#unclaimed.findIndex(isSame);
    if (at < 0) return false;
    const [{ number, state }] = this.#unclaimed.splice(at, 1) as [Left];
    heir.number = number;
    this.#claimed.push([heir, state]);
    return true;
  }

  /** Whether there are some that nobody has claimed. */
  get excess(): boolean {
    return this.#unclaimed.length > 0;
  }

  /** Takes out those that nobody has claimed. */
  takeExcess(): Left[] {
    return this.#unclaimed.splice(0);
  }

  /** Takes out those that were claimed, each with the state that the page before saw it in. */
  takeClaimed(): [Heir, string][] {
    return this.#claimed.splice(0);
  }

  /** Forgets all of it. */
  drop(): void {
    this.#unclaimed = [];
    this.#claimed = [];
  }
}
