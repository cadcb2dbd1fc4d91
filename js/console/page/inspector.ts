import { Choice } from '../dom/choice.js';
import { copy } from '../dom/copy.js';
import { button, el } from '../dom/element.js';
import { ago, count, rate, size } from '../dom/format.js';
import { bestLook, type Look, looks, PartView } from '../dom/partview.js';
import { say } from '../dom/text.js';
import type { Part } from '../model/part.js';
import { second } from '../model/ring.js';
import { Samples } from '../model/samples.js';
import type { Topic } from '../model/topic.js';
import { FieldPlots } from './fieldplots.js';

type Shown = 'Auto' | Look | 'Plot';

/** The last message of one topic in full, in whichever way it is best read, and its numbers over time. */
export class Inspector {
  readonly root: HTMLElement;
  readonly #name = el('h2', { className: 'mono', 'data-testid': 'inspector-topic' });
  readonly #facts = el('div', { className: 'facts', 'data-testid': 'inspector-facts' });
  readonly #looks = new Choice<Shown>('look', 'Show it as', ['Auto', ...looks, 'Plot'], 'Auto', () => this.draw());
  readonly #which = el('select', {
    'aria-label': 'Which part',
    'data-testid': 'inspector-part',
    onchange: () => this.draw(),
  });
  readonly #body = el('div', { className: 'inspected' });
  readonly #view = new PartView();
  readonly #plots = new FieldPlots();
  #topic: Topic | undefined;

  /** closed is told that nobody wants to see it any more. */
  constructor(closed: () => void) {
    const name = button('Copy name', 'inspector-name-copy', () => void copy(this.#topic?.name ?? '', name), {
      className: 'quiet',
    });
    const value = button(
      'Copy value',
      'inspector-copy',
      () => void copy(this.#part?.text ?? this.#part?.dump() ?? '', value),
      { className: 'quiet' },
    );
    const close = button('×', 'inspector-close', closed, {
      className: 'quiet close',
      'aria-label': 'Close the inspector',
    });
    this.root = el(
      'section',
      { className: 'inspector', 'aria-label': 'The topic in full', hidden: true, 'data-testid': 'inspector' },
      el('div', { className: 'row top' }, this.#name, el('span', { className: 'grow' }), name, value, close),
      this.#facts,
      el('div', { className: 'row' }, this.#looks.root, this.#which),
      this.#body,
    );
  }

  get topic(): Topic | undefined {
    return this.#topic;
  }

  /** Shows a topic from now on, or none. Its numbers are sampled for as long as it is shown or pinned. */
  show(topic: Topic | undefined): void {
    if (this.#topic !== undefined && this.#topic !== topic && !this.#topic.pinned) this.#topic.samples = undefined;
    this.#topic = topic;
    this.root.hidden = topic === undefined;
    if (topic === undefined) return;
    if (topic.samples === undefined) {
      topic.samples = new Samples();
      if (topic.own > 0) topic.samples.take(topic.parts, topic.when);
    }
    this.draw();
  }

  get #part(): Part | undefined {
    const parts = this.#topic?.parts ?? [];
    return parts[this.#which.hidden ? parts.length - 1 : this.#which.selectedIndex];
  }

  draw(): void {
    const topic = this.#topic;
    if (topic === undefined) return;
    say(this.#name, topic.name || '(no topic)');
    this.#drawFacts(topic);
    this.#drawWhich(topic.parts);
    const look = this.#looks.value ?? 'Auto';
    const part = this.#part;
    if (look === 'Plot') this.#plots.draw(topic.samples ?? new Samples());
    else if (part !== undefined) this.#view.show(part, look === 'Auto' ? bestLook(part) : look);
    const body = look === 'Plot' ? this.#plots.root : part === undefined ? this.#below(topic) : this.#view.root;
    if (this.#body.firstChild !== body) this.#body.replaceChildren(body);
    if (look === 'Plot') this.#plots.draw(topic.samples ?? new Samples()); // the first time it had no size yet
  }

  #drawFacts(topic: Topic): void {
    const facts = [
      [count(topic.own || topic.count), topic.own > 0 ? 'messages' : 'messages below'],
      [rate(topic.rate(second())), ''],
      [size(topic.own > 0 ? topic.size : topic.bytes), topic.own > 0 ? 'the last' : 'in all'],
      [topic.when > 0 ? ago(Date.now() - topic.when) : '', ''],
    ];
    const texts = facts.filter(([figure]) => figure !== '').map((it) => it.join(' ').trim());
    say(this.#facts, texts.join('   ·   '));
  }

  /** Offers the parts to choose one from. The last one is, until somebody chooses. */
  #drawWhich(parts: readonly Part[]): void {
    this.#which.hidden = parts.length < 2;
    if (this.#which.length === parts.length) return;
    this.#which.replaceChildren(...parts.map((_, i) => el('option', {}, `Part ${i + 1} of ${parts.length}`)));
    this.#which.selectedIndex = parts.length - 1;
  }

  #below(topic: Topic): HTMLElement {
    const text = `What ${topic.children.size} topics begin with. To get only these, subscribe to ${topic.name}`;
    return el(
      'p',
      { className: 'label' },
      topic.parent === undefined ? `${topic.children.size} topics at its first level.` : text,
    );
  }
}
