import { button, el } from '../dom/element.js';
import { templates } from '../dom/storage.js';
import type { Kind } from '../model/kind.js';
import { Sent } from '../model/sent.js';
import type { Draft, Template } from '../model/templates.js';
import type { Composer } from './composer.js';

/** What a card can send again: messages that somebody has kept, in this browser, and those that were sent of late. */
export class DraftMenu {
  readonly root: HTMLDetailsElement;
  readonly #kind: Kind;
  readonly #composer: Composer;
  readonly #sent = new Sent();
  readonly #list = el('div', { className: 'stack' });
  readonly #name = el('input', {
    placeholder: 'name',
    'aria-label': 'Name of the template',
    maxLength: 60,
    'data-testid': 'template-name',
  });

  constructor(kind: Kind, composer: Composer) {
    this.#kind = kind;
    this.#composer = composer;
    const keep = button('Keep', 'template-keep', () => this.#keep());
    const hint = 'In a message {{n}} counts, {{now}} is the time and {{uuid}} is random.';
    this.root = el(
      'details',
      { className: 'menu', 'data-testid': 'drafts' },
      el('summary', {}, 'Templates'),
      el(
        'div',
        { className: 'pop stack' },
        el('div', { className: 'row' }, this.#name, keep),
        this.#list,
        el('p', { className: 'label' }, hint),
      ),
    );
    this.root.addEventListener('toggle', () => this.root.open && this.#draw());
    this.#name.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault(); // it would send the message
      this.#keep();
    });
  }

  /** The message was sent. */
  sent(): void {
    this.#sent.add(this.#composer.drafts);
    if (this.root.open) this.#draw();
  }

  #keep(): void {
    const { drafts } = this.#composer;
    const name = this.#name.value.trim() || (drafts[0]?.text ?? '').slice(0, 40) || 'message';
    templates.add({ name, kind: this.#kind, drafts });
    this.#name.value = '';
    this.#draw();
  }

  #draw(): void {
    const kept = templates.of(this.#kind).map((it) => this.#template(it));
    const sent = this.#sent.all.map((drafts) => this.#entry('sent', preview(drafts), drafts));
    this.#list.replaceChildren(
      el(
        'p',
        { className: 'label' },
        kept.length > 0 ? 'Kept in this browser' : 'Keep a message to send it again another day.',
      ),
      ...kept,
      sent.length > 0 ? el('p', { className: 'label' }, 'Sent on this page') : '',
      ...sent,
    );
  }

  #template(template: Template): HTMLElement {
    const drop = button(
      '×',
      'template-remove',
      () => {
        templates.remove(template);
        this.#draw();
      },
      { className: 'quiet close', 'aria-label': `Remove ${template.name}` },
    );
    return el('div', { className: 'row nowrap' }, this.#entry('template', template.name, template.drafts), drop);
  }

  #entry(testid: string, label: string, drafts: readonly Draft[]): HTMLElement {
    const use = (): void => {
      this.#composer.drafts = drafts;
      this.root.open = false;
    };
    return button(label, testid, use, { className: 'quiet entry', title: preview(drafts) });
  }
}

function preview(drafts: readonly Draft[]): string {
  return drafts
    .map(({ text }) => text || '(empty)')
    .join('  |  ')
    .slice(0, 120);
}
