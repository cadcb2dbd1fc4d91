import { el } from '../dom/element.js';
import { short } from '../dom/format.js';
import { keep, type Payload } from '../model/part.js';

/** The latest message of a topic. */
interface Latest {
  parts: Payload;
  count: number;
  row?: { readonly value: HTMLElement; readonly count: HTMLElement };
}

const MOST_TOPICS = 1000; // that are remembered
const MOST_ROWS = 12; // that are shown

/** The table of the latest message of each topic. */
export class LatestTable {
  readonly root = el('table', { 'aria-label': 'The latest message of each topic', 'data-testid': 'sub-latest' });
  readonly #topics = new Map<string, Latest>();
  #stale = false; // topics are missing in the table, or it has too many

  receive(parts: Payload): void {
    const topic = topicOf(parts);
    const latest = this.#topics.get(topic);
    if (latest !== undefined) {
      latest.parts = parts;
      latest.count++;
    } else if (this.#topics.size < MOST_TOPICS) {
      this.#topics.set(topic, { parts, count: 1 });
      this.#stale = true;
    }
  }

  clear(): void {
    this.#topics.clear();
    this.#stale = true;
  }

  draw(): void {
    if (this.#stale) this.#drawRows();
    for (const { parts, count, row } of this.#topics.values()) {
      if (row === undefined) continue;
      row.value.textContent = previewOf(parts);
      row.count.textContent = short(count);
    }
  }

  #drawRows(): void {
    this.#stale = false;
    const all = [...this.#topics].sort(([a], [b]) => (a < b ? -1 : 1));
    const rows = all.slice(0, MOST_ROWS).map(([topic, latest]) => {
      const row = { value: el('div', {}), count: el('td', {}) };
      latest.row = row;
      const head = el('th', { scope: 'row', title: topic }, topic || 'latest');
      return el('tr', {}, head, el('td', {}, row.value), row.count);
    });
    const more = all.length - MOST_ROWS;
    this.root.replaceChildren(
      ...rows,
      more > 0 ? el('tr', {}, el('td', { colSpan: 3 }, `and ${more} more topics`)) : '',
    );
  }
}

/** The first of several parts is the topic, unless it is too long for one. Messages without one are listed together. */
function topicOf(parts: Payload): string {
  const [first] = parts;
  return first === undefined || parts.length === 1 || first.length > 80 ? '' : String(first);
}

function previewOf(parts: Payload): string {
  const body = parts.slice(parts.length > 1 ? 1 : 0, 4);
  return keep(body)
    .map((part) => part.preview)
    .join('  |  ');
}
