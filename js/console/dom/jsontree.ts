import { Digits } from '../model/json.js';
import { plain } from '../model/msgpack.js';
import { el } from './element.js';

/** How many entries of one list or object are shown, and how many are unfolded at first. */
const MOST = 200;
const UNFOLDED = 12;
const DEEPEST = 12;

/** A value as a tree whose branches fold. Another value changes the texts that differ, and leaves the rest as it is. */
export class JsonTree {
  readonly root = el('div', {
    className: 'tree data',
    tabIndex: 0,
    role: 'group',
    'aria-label': 'The value',
    'data-testid': 'json-tree',
  });
  #top: Entry | undefined;

  show(value: unknown): void {
    if (this.#top?.update(value)) return;
    this.#top = nodeOf('', value, 0);
    this.root.replaceChildren(this.#top.root);
  }
}

/** What is shown of one value. */
interface Entry {
  readonly root: HTMLElement;
  /** Shows another value; false where that is of another sort, and needs another node. */
  update(value: unknown): boolean;
}

function nodeOf(key: string, value: unknown, depth: number): Entry {
  return isBranch(value) && depth < DEEPEST ? new Branch(key, value, depth) : new Leaf(key, value);
}

function isBranch(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !(value instanceof Digits) && !ArrayBuffer.isView(value);
}

function entriesOf(value: object): [string, unknown][] {
  return Array.isArray(value) ? value.map((it, i) => [String(i), it]) : Object.entries(value);
}

class Leaf implements Entry {
  readonly root: HTMLElement;
  readonly #text = el('span', {});

  constructor(key: string, value: unknown) {
    this.root = el('div', { className: 'leaf' }, keyOf(key), this.#text);
    this.update(value);
  }

  update(value: unknown): boolean {
    if (isBranch(value)) return false;
    const text = value instanceof Digits ? value.text : (JSON.stringify(plain('', value)) ?? '');
    if (this.#text.textContent === text) return true;
    this.#text.textContent = text;
    this.#text.className =
      value instanceof Digits || typeof value === 'bigint' ? 'tok-num' : (tokens[typeof value] ?? 'tok-word');
    return true;
  }
}

const tokens: Readonly<Record<string, string>> = { string: 'tok-str', number: 'tok-num', boolean: 'tok-word' };

class Branch implements Entry {
  readonly root: HTMLDetailsElement;
  readonly #list: boolean;
  readonly #about = el('span', { className: 'about' });
  readonly #more = el('div', { className: 'about', hidden: true });
  readonly #kids = new Map<string, Entry>();
  readonly #depth: number;

  constructor(key: string, value: object, depth: number) {
    this.#list = Array.isArray(value);
    this.#depth = depth;
    this.root = el(
      'details',
      { open: depth < 2 || entriesOf(value).length <= UNFOLDED },
      el('summary', {}, keyOf(key), this.#about),
      this.#more,
    );
    this.update(value);
  }

  update(value: unknown): boolean {
    if (!isBranch(value) || Array.isArray(value) !== this.#list) return false;
    const all = entriesOf(value);
    this.#about.textContent = this.#list ? `[${all.length}]` : `{${all.length}}`;
    const left = new Set(this.#kids.keys());
    for (const [key, kid] of all.slice(0, MOST)) {
      left.delete(key);
      this.#updateKid(key, kid);
    }
    for (const key of left) {
      this.#kids.get(key)?.root.remove();
      this.#kids.delete(key);
    }
    this.#more.hidden = all.length <= MOST;
    this.#more.textContent = `and ${all.length - MOST} more`;
    return true;
  }

  #updateKid(key: string, value: unknown): void {
    const old = this.#kids.get(key);
    if (old?.update(value)) return;
    const kid = nodeOf(key, value, this.#depth + 1);
    this.#kids.set(key, kid);
    if (old === undefined) this.#more.before(kid.root);
    else old.root.replaceWith(kid.root);
  }
}

function keyOf(key: string): HTMLElement | null {
  return key === '' ? null : el('span', { className: 'tok-key' }, key, el('span', { className: 'about' }, ': '));
}
