import type { Message, Socket } from 'zmq-web-bridge';

import { button, el } from '../dom/element.js';
import { count } from '../dom/format.js';
import { later } from '../dom/later.js';
import { showParts } from '../dom/parts.js';
import { connecting, literal } from '../model/code.js';
import { failureOf } from '../model/failure.js';
import type { Kind } from '../model/kind.js';
import { keep, type Part } from '../model/part.js';
import { Composer } from './composer.js';
import { DraftMenu } from './draftmenu.js';
import type { Holder, Listen, Panel } from './panel.js';
import { Repeat } from './repeat.js';

/** Which kinds only receive, and which only send. */
const onlyReceive: readonly Kind[] = ['PULL'];
const onlySend: readonly Kind[] = ['PUB', 'PUSH'];

/** What the first field is for, where it is for something special. */
const hints: Partial<Readonly<Record<Kind, string>>> = {
  PUB: 'The first part is the topic.',
  XPUB: 'The first part is the topic. What comes in are subscriptions: 01 and the prefix, 00 when one is taken back.',
  ROUTER: 'The first part is the identity of the peer that the message is for.',
  DEALER: 'A REP behind it needs an empty part first.',
};

/** Sends and receives at will, with the kinds of sockets whose messages are no answers to each other. */
export class ExchangePanel implements Panel {
  readonly controls: readonly HTMLElement[];
  readonly #card: Holder;
  readonly #composer = new Composer();
  readonly #menu: DraftMenu;
  readonly #repeat: Repeat;
  readonly #send = el('button', { className: 'main', 'data-testid': 'send' }, 'Send');
  readonly #facts = el('div', { className: 'facts', 'data-testid': 'exchange-facts' });
  readonly #latest = el('div', { className: 'answer stack', hidden: true, 'data-testid': 'received' });
  readonly #back = button('Answer it', 'answer-it', () => this.#answer(), { hidden: true });
  #sent = 0;
  #received = 0;
  #last: Message | undefined; // that is not drawn yet
  #peer: Part | undefined; // the first part of the one that is, which a ROUTER tells peers by

  constructor(card: Holder) {
    this.#card = card;
    this.#menu = new DraftMenu(card.kind, this.#composer);
    this.#repeat = new Repeat(this.#send, () => void this.#submit());
    this.tick();
    const sends = !onlyReceive.includes(card.kind);
    this.controls = [...(sends ? [this.#form()] : []), this.#facts, this.#latest];
  }

  #form(): HTMLElement {
    const more = button('Add part', 'add-part', () => this.#composer.add().focus());
    const onsubmit = (event: SubmitEvent): void => {
      event.preventDefault();
      this.#repeat.submit();
    };
    const hint = hints[this.#card.kind];
    const row = el('div', { className: 'row' }, this.#send, this.#repeat.root, more, this.#menu.root, this.#back);
    return el(
      'form',
      { className: 'stack', onsubmit },
      this.#composer.root,
      hint ? el('p', { className: 'label' }, hint) : null,
      row,
    );
  }

  wire(socket: Socket, on: Listen): void {
    if (onlySend.includes(this.#card.kind)) return;
    socket.onmessage = (_text, parts) => {
      this.#received++;
      this.#last = parts;
      this.#card.message('in', parts);
      if (this.#card.kind === 'PULL')
        this.#card.topic(
          parts,
          parts.reduce((sum, part) => sum + part.length, 0),
        );
      later(this.#draw);
    };
    on('gap', ({ missed, code }) => this.#card.interruption('gap', `missing here (${code})`, missed));
  }

  readonly #draw = (): void => {
    if (this.#last === undefined) return;
    this.#latest.hidden = false;
    const parts = keep(this.#last);
    this.#peer = parts[0];
    this.#latest.replaceChildren(el('p', { className: 'label' }, 'The last message'), ...showParts(parts));
    this.#back.hidden = this.#card.kind !== 'ROUTER';
    this.#last = undefined;
  };

  /** Addresses the next message to whoever sent the last one. */
  #answer(): void {
    const identity = this.#peer;
    if (identity === undefined) return;
    const hex = identity.text === undefined;
    const text = identity.text ?? Array.from(identity.bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    this.#composer.drafts = [
      { text, hex },
      { text: '', hex: false },
    ];
  }

  async #submit(): Promise<void> {
    const parts = this.#composer.parts();
    const { socket } = this.#card;
    if (parts === undefined || socket === undefined) return this.stop();
    this.#menu.sent();
    this.#card.message('out', parts);
    this.#sent++;
    try {
      await socket.send(parts);
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      this.#card.note(`${code}: ${message}`, 'bad');
      this.stop();
    }
  }

  tick(): void {
    const { kind } = this.#card;
    const sent = onlyReceive.includes(kind)
      ? null
      : el('span', {}, el('b', { 'data-testid': 'sent-count' }, count(this.#sent)), ' sent');
    const received = onlySend.includes(kind)
      ? null
      : el('span', {}, el('b', { 'data-testid': 'received-count' }, count(this.#received)), ' received');
    this.#facts.replaceChildren(...[sent, received].filter((it) => it !== null));
  }

  stop(): void {
    this.#repeat.stop();
  }

  code(): string {
    const { kind, opening } = this.#card;
    const name = kind.toLowerCase();
    const parts = (this.#composer.parts() ?? ['hello']).map(literal);
    const send = onlyReceive.includes(kind)
      ? ''
      : `\nawait ${name}.send(${parts.length === 1 ? parts[0] : `[${parts.join(', ')}]`})`;
    const receive = onlySend.includes(kind)
      ? ''
      : `\nfor await (const parts of ${name}) console.log(parts.map(String))`;
    return `const ${name} = context.Socket(zmq.${kind})
${connecting(name, opening)}
${send}${receive}`;
  }
}
