import { el, find } from '../dom/element.js';
import { count } from '../dom/format.js';
import { later } from '../dom/later.js';
import { LIMIT, type Log, type LogRecord } from '../model/log.js';
import { Row } from './row.js';

/**
 * The log on the page. It follows its end, unless somebody pauses it, scrolls up or unfolds a row: then it holds, and
 * says how much is new.
 */
export class LogBox {
  readonly #log: Log;
  readonly #box = find('log');
  readonly #latest = find('latest');
  readonly #pause = find('pause');
  readonly #only = find('only', HTMLSelectElement);
  readonly #find = find('find', HTMLInputElement);
  #rows = new Map<LogRecord, Row>();
  #fresh: LogRecord[] = []; // not drawn yet
  readonly #stale = new Set<LogRecord>(); // drawn, and counted on since
  #unseen = 0;
  #paused = false;
  #following = true;
  #reading = false; // a row is unfolded
  #top = 0; // where it was scrolled to

  /** cleared is told that somebody cleared the log. */
  constructor(log: Log, cleared: () => void) {
    this.#log = log;
    log.watcher = { added: (record) => this.#added(record), counted: (record) => this.#counted(record) };
    this.#box.addEventListener('scroll', () => this.#scrolled());
    this.#latest.addEventListener('click', () => this.#toLatest());
    this.#pause.addEventListener('click', () => this.#setPaused(!this.#paused));
    this.#only.addEventListener('change', () => this.redraw());
    this.#find.addEventListener('input', () => this.redraw());
    find('clear').addEventListener('click', () => {
      log.clear();
      this.#unseen = 0;
      this.redraw();
      cleared();
    });
  }

  // What is drawn.

  #added(record: LogRecord): void {
    if (this.#fresh.push(record) > LIMIT) this.#fresh.shift();
    this.#unseen++;
    later(this.#draw);
  }

  #counted(record: LogRecord): void {
    if (this.#rows.has(record)) this.#stale.add(record);
    later(this.#draw);
  }

  readonly #draw = (): void => {
    const held = this.#paused || !this.#following;
    this.#drawTools(held);
    if (!held) this.#drawRows();
  };

  /** Draws all rows anew, even while the log holds. */
  redraw(): void {
    this.#rows = new Map();
    this.#fresh = [...this.#log.records];
    this.#reading = false;
    this.#box.replaceChildren();
    this.#drawTools(false);
    this.#drawRows();
  }

  #drawTools(held: boolean): void {
    find('nothing').hidden = this.#log.records.length > 0;
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
    const needle = this.#find.value.toLowerCase();
    return (text ?? '').toLowerCase().includes(needle) || parts.some((part) => part.contains(needle));
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
    if (yes !== this.#following) later(this.#draw);
    this.#following = yes;
  }

  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
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
    this.#setPaused(false);
    this.#box.scrollTop = this.#box.scrollHeight;
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#pause.setAttribute('aria-pressed', String(paused));
    this.#pause.textContent = paused ? 'Resume' : 'Pause';
    later(this.#draw);
  }
}
