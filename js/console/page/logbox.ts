import { button, el, find } from '../dom/element.js';
import { count } from '../dom/format.js';
import { later } from '../dom/later.js';
import { LIMIT, type Log, type LogRecord } from '../model/log.js';
import { Row } from './row.js';
import type { View } from './views.js';

/**
 * The log on the page. It follows its end, unless somebody holds it, scrolls up or unfolds a row: then it stays, and says
 * how much is new.
 */
export class LogBox implements View {
  readonly root: HTMLElement;
  readonly #log: Log;
  readonly #box = el('div', { id: 'log', role: 'log', 'aria-live': 'off', 'aria-label': 'Messages', tabIndex: 0, 'data-testid': 'log' });
  readonly #latest = button('', 'log-latest', () => this.#toLatest(), { className: 'main latest', hidden: true });
  readonly #only = find('only', HTMLSelectElement);
  readonly #nothing: HTMLElement;
  #needle = '';
  #rows = new Map<LogRecord, Row>();
  #fresh: LogRecord[] = []; // not drawn yet
  readonly #stale = new Set<LogRecord>(); // drawn, and counted on since
  #unseen = 0;
  #seen = false;
  #held = false;
  #following = true;
  #reading = false; // a row is unfolded
  #top = 0; // where it was scrolled to
  /** Is told that somebody wants to see what is new, so that nothing is to be held. */
  released: () => void = () => {};

  constructor(log: Log, nothing: HTMLElement) {
    this.#log = log;
    this.#nothing = nothing;
    this.root = el('div', { className: 'logbox' }, this.#box, nothing, this.#latest);
    log.watcher = { added: (record) => this.#added(record), counted: (record) => this.#counted(record) };
    this.#box.addEventListener('scroll', () => this.#scrolled());
    this.#only.addEventListener('change', () => this.redraw());
  }

  // What is drawn.

  #added(record: LogRecord): void {
    if (this.#fresh.push(record) > LIMIT) this.#fresh.shift();
    this.#unseen++;
    if (this.#seen) later(this.#drawSoon);
  }

  #counted(record: LogRecord): void {
    if (this.#rows.has(record)) this.#stale.add(record);
    if (this.#seen) later(this.#drawSoon);
  }

  readonly #drawSoon = (): void => this.draw();

  draw(): void {
    if (!this.#seen) return;
    const held = this.#held || !this.#following;
    this.#drawTools(held);
    if (!held) this.#drawRows();
  }

  seen(yes: boolean, held: boolean): void {
    this.#seen = yes;
    this.#held = held;
    if (yes) later(this.#drawSoon);
  }

  filter(text: string): void {
    this.#needle = text.toLowerCase();
    this.redraw();
  }

  /** Draws all rows anew, even while the log is held. */
  redraw(): void {
    this.#rows = new Map();
    this.#fresh = [...this.#log.records];
    this.#unseen = 0;
    this.#reading = false;
    this.#box.replaceChildren();
    this.#drawTools(false);
    this.#drawRows();
  }

  #drawTools(held: boolean): void {
    this.#nothing.hidden = this.#log.records.length > 0;
    this.#latest.hidden = !held || this.#unseen === 0;
    this.#latest.textContent = `${count(this.#unseen)} new, go to the latest`;
  }

  #drawRows(): void {
    const wanted = this.#fresh.filter((record) => this.#wanted(record));
    for (const record of wanted) {
      const row = new Row(record, (open) => this.#toggled(open));
      this.#rows.set(record, row);
      this.#box.append(row.root);
    }
    for (const record of this.#stale) this.#rows.get(record)?.drawMore();
    this.#fresh = [];
    this.#unseen = 0;
    this.#stale.clear();
    this.#shorten();
    if (wanted.length > 0) this.#box.scrollTop = this.#box.scrollHeight;
  }

  #shorten(): void {
    for (const [record, { root }] of this.#rows) {
      if (this.#rows.size <= LIMIT) return;
      this.#rows.delete(record);
      root.remove();
    }
  }

  #wanted({ source, text, parts }: LogRecord): boolean {
    if (this.#only.value !== '' && this.#only.value !== source.name) return false;
    return (text ?? '').toLowerCase().includes(this.#needle) || parts.some((part) => part.contains(this.#needle));
  }

  /** The records that are listed, the oldest first. */
  get listed(): LogRecord[] {
    return this.#log.records.filter((record) => this.#wanted(record));
  }

  /** Offers these sources to choose one from. The one that was chosen stays so while it is among them. */
  offer(names: readonly string[]): void {
    const chosen = this.#only.value;
    const all = el('option', { value: '' }, 'All sockets');
    this.#only.replaceChildren(all, ...names.map((value) => el('option', { value }, value)));
    this.#only.value = names.includes(chosen) ? chosen : '';
    if (this.#only.value !== chosen) this.redraw();
  }

  // Whether it follows. Who scrolls up or unfolds a row wants to read. The log follows again from its end on.

  #follow(yes: boolean): void {
    if (yes !== this.#following) later(this.#drawSoon);
    this.#following = yes;
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    if (clientHeight === 0) return; // it is not seen
    const atEnd = scrollHeight - scrollTop - clientHeight < 24;
    const up = scrollTop < this.#top;
    this.#top = scrollTop;
    this.#follow(!this.#reading && (atEnd || (this.#following && !up)));
  }

  #toggled(open: boolean): void {
    this.#reading = open;
    if (open) this.#follow(false);
  }

  #toLatest(): void {
    this.#reading = false;
    this.#follow(true);
    this.released();
    this.#box.scrollTop = this.#box.scrollHeight;
  }
}
