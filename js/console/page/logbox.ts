import { button, el, find } from '../dom/element.js';
import { count } from '../dom/format.js';
import { later } from '../dom/later.js';
import { LIMIT, type Log, type LogRecord } from '../model/log.js';
import { Row } from './row.js';
import type { View } from './views.js';

/** How high a row is, in pixels, until one has been measured. */
const HEIGHT = 22;

/**
 * The log on the page. It follows its end, unless somebody holds it, scrolls up or unfolds a row: then it stays, and says
 * how much is new. While it follows, the page has only the rows that are seen; the others are there as soon as it stays.
 */
export class LogBox implements View {
  readonly root: HTMLElement;
  readonly #log: Log;
  readonly #box = el('div', {
    id: 'log',
    role: 'log',
    'aria-live': 'off',
    'aria-label': 'Messages',
    tabIndex: 0,
    'data-testid': 'log',
  });
  readonly #latest = button('', 'log-latest', () => this.#toLatest(), { className: 'main latest', hidden: true });
  readonly #only = find('only', HTMLSelectElement);
  readonly #nothing: HTMLElement;
  #needle = '';
  readonly #space = el('div', {}); // in place of the rows that are not there
  #listed: LogRecord[] = []; // what is shown, or would be if one scrolled to it
  #rows = new Map<LogRecord, Row>();
  #fresh: LogRecord[] = []; // not listed yet
  readonly #stale = new Set<LogRecord>(); // drawn, and counted on since
  #unseen = 0;
  #seen = false;
  #held = false;
  #following = true;
  #reading = false; // a row is unfolded
  #returned = false; // it follows again
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
    if (held) this.#fill();
    else this.#drawRows();
  }

  seen(yes: boolean, held: boolean): void {
    this.#seen = yes;
    this.#held = held;
    this.#returned = true;
    if (yes) later(this.#drawSoon);
  }

  filter(text: string): void {
    this.#needle = text.toLowerCase();
    this.redraw();
  }

  /** Draws all rows anew, even while the log is held. */
  redraw(): void {
    this.#rows = new Map();
    this.#listed = [];
    this.#fresh = [...this.#log.records];
    this.#unseen = 0;
    this.#read(false);
    this.#box.replaceChildren(this.#space);
    this.#drawTools(false);
    this.#drawRows();
  }

  #drawTools(held: boolean): void {
    this.#nothing.hidden = this.#log.records.length > 0;
    this.#latest.hidden = !held || this.#unseen === 0;
    this.#latest.textContent = `${count(this.#unseen)} new, go to the latest`;
  }

  #drawRows(): void {
    const before = this.#listed.length;
    this.#listed.push(...this.#fresh.filter((record) => this.#wanted(record)));
    this.#listed.splice(0, this.#listed.length - LIMIT);
    this.#fresh = [];
    this.#unseen = 0;
    const height = this.#height;
    const seen = Math.ceil((this.#box.clientHeight || 600) / height) + 2;
    const tail = this.#listed.slice(-seen);
    const kept = new Set(tail);
    for (const [record, { root }] of this.#rows) {
      if (kept.has(record)) continue;
      this.#rows.delete(record);
      root.remove();
    }
    for (const record of tail) if (!this.#rows.has(record)) this.#box.append(this.#row(record).root);
    for (const record of this.#stale) this.#rows.get(record)?.drawMore();
    this.#stale.clear();
    this.#space.style.height = `${(this.#listed.length - tail.length) * height}px`;
    // Once the list is full its height stays, and nothing has to be scrolled.
    if (this.#listed.length !== before || this.#returned) this.#box.scrollTop = this.#box.scrollHeight;
    this.#returned = false;
  }

  /** Puts all rows there, for somebody who looks through them. They take the room that was kept for them. */
  #fill(): void {
    const missing = this.#listed.filter((record) => !this.#rows.has(record));
    if (missing.length === 0) return;
    const rows = new Map(missing.map((record) => [record, this.#row(record)]));
    this.#space.after(...Array.from(rows.values(), ({ root }) => root));
    this.#space.style.height = '0';
    this.#rows = new Map([...rows, ...[...this.#rows].filter(([record]) => !rows.has(record))]);
  }

  #row(record: LogRecord): Row {
    const row = new Row(record, (open) => this.#toggled(open));
    this.#rows.set(record, row);
    return row;
  }

  /** How high a row is. */
  get #height(): number {
    const first = this.#rows.values().next().value?.root.firstElementChild;
    return first instanceof HTMLElement && first.offsetHeight > 0 ? first.offsetHeight : HEIGHT;
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
    if (yes && !this.#following) this.#returned = true;
    this.#following = yes;
    if (!yes) this.#fill(); // at once, because it is looked at
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
    this.#read(open);
    if (open) this.#follow(false);
  }

  #read(yes: boolean): void {
    this.#reading = yes;
    this.#box.classList.toggle('reading', yes); // there is room below then, for the button that goes to the latest
  }

  #toLatest(): void {
    this.#read(false);
    this.#follow(true);
    this.released();
    this.#box.scrollTop = this.#box.scrollHeight;
  }
}
