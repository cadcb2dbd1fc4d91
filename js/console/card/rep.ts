import type { Socket } from 'zmq-web-bridge';

import { commandLine } from '../dom/copy.js';
import { el } from '../dom/element.js';
import { showParts } from '../dom/parts.js';
import { connecting } from '../model/code.js';
import { failureOf } from '../model/failure.js';
import { keep, type Payload } from '../model/part.js';
import { Composer } from './composer.js';
import type { Holder, Panel } from './panel.js';

/** Serves from this page: answers what backends ask, by itself or by hand. */
export class RepPanel implements Panel {
  readonly controls: readonly HTMLElement[];
  readonly #card: Holder;
  readonly #echo: HTMLInputElement;
  readonly #reach = el('div', { className: 'stack' });
  readonly #asked = el('div', { 'aria-live': 'polite', 'data-testid': 'rep-asked' });
  #request: Payload | undefined; // that waits for an answer
  #shown: Payload | undefined; // that the form to answer by hand is for

  constructor(card: Holder) {
    this.#card = card;
    this.#echo = this.#mode('rep-echo', true);
    const manual = this.#mode('rep-manual', false);
    this.controls = [
      el(
        'fieldset',
        { className: 'row' },
        el('legend', { className: 'unseen' }, 'How this page answers'),
        el('label', { className: 'switch' }, this.#echo, 'Echo'),
        el('label', { className: 'switch' }, manual, 'Answer by hand'),
      ),
      this.#reach,
      this.#asked,
    ];
  }

  #mode(testid: string, checked: boolean): HTMLInputElement {
    return el('input', {
      type: 'radio',
      name: `mode${this.#card.number}`,
      checked,
      'data-testid': testid,
      onchange: () => this.#next(),
    });
  }

  wire(socket: Socket): void {
    const { identity } = socket;
    const identityBox = el('code', { 'data-testid': 'identity', style: 'overflow-wrap: anywhere' }, identity);
    this.#reach.replaceChildren(
      labelled('Identity, which a backend names as the last part to reach this page', identityBox),
      labelled('Ask this page from a shell', commandLine(question(this.#card.opening.address, identity))),
    );
    this.#request = undefined;
    socket.onmessage = (_text, parts) => {
      this.#card.message('in', parts);
      this.#request = parts;
      this.#next();
    };
    this.#next();
  }

  /** Answers the request, or shows it and asks for an answer. */
  #next(): void {
    if (this.#request !== undefined && this.#echo.checked) void this.#reply(this.#request);
    if (this.#request === this.#shown) return;
    this.#shown = this.#request;
    if (this.#request === undefined) this.#asked.replaceChildren();
    else this.#asked.replaceChildren(this.#form(this.#request));
  }

  #form(request: Payload): HTMLElement {
    const composer = new Composer();
    const onsubmit = (event: SubmitEvent): void => {
      event.preventDefault();
      const parts = composer.parts();
      if (parts !== undefined) void this.#reply(parts);
    };
    return el(
      'form',
      { className: 'answer stack', onsubmit },
      el('p', {}, 'A backend asks:'),
      showParts(keep(request)),
      composer.root,
      el('div', {}, el('button', { className: 'main', 'data-testid': 'rep-answer' }, 'Answer')),
    );
  }

  async #reply(parts: Payload): Promise<void> {
    this.#request = undefined;
    this.#card.message('out', parts);
    try {
      await this.#card.socket?.send(parts);
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      this.#card.note(`${code}: ${message}`, 'bad');
    }
    this.#next();
  }

  code(): string {
    return `const rep = context.Socket(zmq.REP)
rep.onmessage = (text) => rep.send('you said ' + text)
${connecting('rep', this.#card.opening)}
console.log('a backend reaches this page as', rep.identity)`;
  }
}

function labelled(label: string, content: HTMLElement): HTMLElement {
  return el('div', {}, el('div', { className: 'label' }, label), content);
}

/** A shell command that asks the page of this identity. */
function question(address: string, identity: string): string {
  const at = address.replace('*', '127.0.0.1');
  const program = [
    'import zmq',
    's = zmq.Context().socket(zmq.REQ)',
    `s.connect("${at}")`,
    `s.send_multipart([b"hello", b"${identity}"])`,
    'print(s.recv_multipart())',
  ];
  return `python3 -c '${program.join('; ')}'`;
}
