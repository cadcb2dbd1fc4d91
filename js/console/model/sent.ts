import type { Draft } from './templates.js';

/** How many are remembered. */
export const MOST_SENT = 30;

/** The messages that a card has sent, the latest first, each once. They are gone with the page: who knows what is in them. */
export class Sent {
  #all: (readonly Draft[])[] = [];

  get all(): readonly (readonly Draft[])[] {
    return this.#all;
  }

  add(drafts: readonly Draft[]): void {
    const same = JSON.stringify(drafts);
    this.#all = [drafts, ...this.#all.filter((it) => JSON.stringify(it) !== same)].slice(0, MOST_SENT);
  }
}
