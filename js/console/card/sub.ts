import type { Gap, Message, Socket } from 'zmq-web-bridge';

import { el } from '../dom/element.js';
import { count, size } from '../dom/format.js';
import { connecting, literal } from '../model/code.js';
import { failureOf } from '../model/failure.js';
import { Chips } from './chips.js';
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
  readonly #facts = el('div', { className: 'facts grow', 'data-testid': 'sub-facts' });
  #bytes = 0;
  #gaps = 0;
  #missed = 0; // NaN as soon as one gap is of nobody knows how many

  constructor(card: Holder) {
    this.#card = card;
    this.#prefixes = new Set(card.opening.topics);
    this.#chips.draw(this.#prefixes);
    this.tick();
    this.controls = [this.#chips.root, this.#facts];
  }

  wire(socket: Socket, on: Listen): void {
    socket.onmessage = (_text, parts) => this.#receive(parts);
    on('gap', (gap) => this.#gap(gap));
    on('conflated', ({ missed }) => this.#card.interruption('drop', 'left out, as the subscription says', missed));
    on('recovered', ({ messages }) => this.#card.note(`${count(messages)} messages that were missed follow`));
    for (const prefix of this.#prefixes) void this.#subscribe(prefix, socket);
  }

  // What comes.

  #receive(parts: Message): void {
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    this.#bytes += bytes;
    this.#card.message('in', parts);
    this.#card.topic(parts, bytes);
  }

  #gap({ missed, code }: Gap): void {
    this.#gaps++;
    this.#missed += missed || NaN; // 0: nobody knows how many
    const many = missed > 0 ? 'missing here' : 'messages are missing here, nobody knows how many';
    this.#card.interruption('gap', `${many} (${code})`, missed);
  }

  tick(): void {
    const messages = el('span', {}, el('b', { 'data-testid': 'sub-count' }, count(this.#card.seen)), ' messages');
    this.#facts.replaceChildren(messages, el('span', {}, el('b', {}, size(this.#bytes))), this.#lost());
  }

  #lost(): HTMLElement | string {
    if (this.#gaps === 0) return '';
    const missed = el('b', { 'data-testid': 'sub-missed' }, this.#missed ? count(this.#missed) : 'some');
    return el('span', { className: 'lost' }, missed, ` missed in ${this.#gaps} gap${this.#gaps > 1 ? 's' : ''}`);
  }

  // What is subscribed to.

  get topics(): string[] {
    return [...this.#prefixes];
  }

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
    const subscribe = all
      ? "sub.subscribe('')  // everything"
      : `sub.subscribe(${[...this.#prefixes].map(literal).join(', ')})`;
    return `const sub = context.Socket(zmq.${this.#card.kind})
${subscribe}
sub.on('gap', (gap) => console.warn(gap.missed, 'messages are missing here'))
${connecting('sub', this.#card.opening)}

for await (const [topic, body] of sub) {
  console.log(String(topic), String(body))  // body.json() where it is JSON
}`;
  }
}
