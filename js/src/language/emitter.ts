import { ZmqError } from '../errors.js';
import { describe } from './describe.js';
import { knowItself, proxied } from './proxied.js';
import { callback } from './report.js';

type Listener = (...args: never[]) => unknown;

/** An object that has events, each with a name. The type Events says which arguments the listeners of each name get. */
export class Emitter<Events extends { [K in keyof Events]: unknown[] }> {
  readonly #listeners = new Map<keyof Events, Set<Listener>>();

  constructor() {
    knowItself(this);
  }

  on<K extends keyof Events>(type: K, listener: (...args: Events[K]) => unknown): this {
    if (typeof listener !== 'function') throw new ZmqError('invalid', `a listener is a function, not ${describe(listener)}`);
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set.add(listener));
    this.listenersChanged();
    return this;
  }

  off<K extends keyof Events>(type: K, listener: (...args: Events[K]) => unknown): this {
    this.#listeners.get(type)?.delete(listener);
    this.listenersChanged();
    return this;
  }

  /** @internal Tells whether anybody listens. */
  listens(type: keyof Events): boolean {
    return (this.#listeners.get(type)?.size ?? 0) > 0;
  }

  /** @internal Calls the listeners. What one of them throws is reported, and the others are called all the same. */
  emit<K extends keyof Events>(type: K, ...args: Events[K]): void {
    const set = this.#listeners.get(type);
    if (set === undefined) return;
    for (const listener of [...set]) callback(listener as (...args: Events[K]) => unknown, ...args);
  }

  /** @internal Called when a listener came or went, for subclasses to override. */
  protected listenersChanged(): void {}
}

proxied(Emitter, 'Emitter');
