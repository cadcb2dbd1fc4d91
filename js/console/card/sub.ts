import type { Gap, Message, Socket } from 'zmq-web-bridge';

import { button, el } from '../dom/element.js';
import { count, size } from '../dom/format.js';
import { connecting, literal } from '../model/code.js';
import { failureOf } from '../model/failure.js';
import { Chips } from './chips.js';
import { LatestTable } from './latest.js';
import type { Holder, Listen, Panel } from './panel.js';

/** Receives what a PUB publishes: how much, what is missing, and the latest of each topic. */
export class SubPanel implements Panel {
  readonly controls: readonly HTMLElement[];
  readonly #card: Holder;
  readonly #prefixes: Set<string>;
  readonly #chips = new Chips(
    (prefix) => this.#add(prefix),
    (prefix) => this.#drop(prefix),
  );
  readonly #table = new LatestTable();
  readonly #facts = el('div', { className: 'facts grow', 'data-testid': 'sub-facts' });
  readonly #pause = button('Pause', 'sub-pause', () => this.#togglePause(), { className: 'quiet', 'aria-pressed': 'false' });
  #paused = false;
  #bytes = 0;
  #gaps = 0;
  #missed = 0; // NaN as soon as one gap is of nobody knows how many

  constructor(card: Holder) {
    this.#card = card;
    this.#prefixes = new Set(card.opening.topics);
    const clear = button('Clear', 'sub-clear', () => this.#clear(), { className: 'quiet' });
    this.#chips.draw(this.#prefixes);
    this.tick();
    const row = el('div', { className: 'row' }, this.#facts, this.#pause, clear);
    this.controls = [this.#chips.root, row, this.#table.root];
  }

  wire(socket: Socket, on: Listen): void {
    socket.onmessage = (_text, parts) => this.#receive(parts);
    on('gap', (gap) => this.#gap(gap));
    on('recovered', ({ messages }) => this.#card.note(`${count(messages)} messages that were missed follow`));
    for (const prefix of this.#prefixes) void this.#subscribe(prefix, socket);
  }

  // What comes.

  #receive(parts: Message): void {
    for (const part of parts) this.#bytes += part.length;
    if (this.#paused) {
      this.#card.count();
      return;
    }
    this.#card.message('in', parts);
    this.#table.receive(parts);
  }

  #gap({ missed, code }: Gap): void {
    this.#gaps++;
    this.#missed += missed || NaN; // 0: nobody knows how many
    const what = missed ? `${count(missed)} messages are missing here` : 'messages are missing here, nobody knows how many';
    this.#card.note(`${what} (${code})`, 'warn');
  }

  tick(): void {
    const messages = el('span', {}, el('b', { 'data-testid': 'sub-count' }, count(this.#card.seen)), ' messages');
    this.#facts.replaceChildren(messages, el('span', {}, el('b', {}, size(this.#bytes))), this.#lost());
    this.#table.draw();
  }

  #lost(): HTMLElement | string {
    if (this.#gaps === 0) return '';
    const missed = el('b', { 'data-testid': 'sub-missed' }, this.#missed ? count(this.#missed) : 'some');
    return el('span', { className: 'lost' }, missed, ` missed in ${this.#gaps} gap${this.#gaps > 1 ? 's' : ''}`);
  }

  #togglePause(): void {
    this.#paused = !this.#paused;
    this.#pause.textContent = this.#paused ? 'Resume' : 'Pause';
    this.#pause.setAttribute('aria-pressed', String(this.#paused));
  }

  #clear(): void {
    this.#card.seen = this.#bytes = this.#missed = this.#gaps = 0;
    this.#table.clear();
    this.tick();
  }

  // What is subscribed to.

  #add(prefix: string): void {
    if (!this.#prefixes.has(prefix)) void this.#subscribe(prefix, this.#card.socket);
    this.#prefixes.add(prefix);
    this.#chips.draw(this.#prefixes).focus();
  }

  #drop(prefix: string): void {
    this.#prefixes.delete(prefix);
    this.#card.socket?.unsubscribe(prefix);
    this.#chips.draw(this.#prefixes).focus();
  }

  async #subscribe(prefix: string, socket: Socket | undefined): Promise<void> {
    try {
      await socket?.subscribe(prefix);
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      if (this.#card.socket !== socket || code !== 'denied') return; // anything else, the socket's state tells
      this.#card.note(`subscription ${prefix || 'to everything'}: ${message}`, 'bad');
      this.#prefixes.delete(prefix);
      this.#chips.draw(this.#prefixes);
    }
  }

  code(): string {
    const all = this.#prefixes.has('') || this.#prefixes.size === 0;
    const subscribe = all ? "sub.subscribe('')  // everything" : `sub.subscribe(${[...this.#prefixes].map(literal).join(', ')})`;
    return `const sub = context.Socket(zmq.SUB)
${subscribe}
sub.on('gap', (gap) => console.warn(gap.missed, 'messages are missing here'))
${connecting('sub', this.#card.opening)}

for await (const [topic, body] of sub) {
  console.log(String(topic), String(body))  // body.json() where it is JSON
}`;
  }
}
