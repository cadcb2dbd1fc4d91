import { button, el, type Kids } from '../dom/element.js';
import { millis } from '../dom/format.js';
import { later } from '../dom/later.js';
import { showParts } from '../dom/parts.js';
import { showTrouble } from '../dom/trouble.js';
import { type Failure, failureOf } from '../model/failure.js';
import { keep, type Payload } from '../model/part.js';
import type { Holder } from './panel.js';
import { Repeat } from './repeat.js';

/** A question, and how its reply is read. */
export interface Question<Reply> {
  /** What is logged as sent. */
  readonly parts: Payload;
  run(options: { timeout: number; signal: AbortSignal }): Promise<Reply>;
  /** What is logged as received. */
  received(reply: Reply): Payload;
  /** What is shown as the answer. */
  shown(reply: Reply): Payload;
}

/** How long an answer may take before the card says that it waits, in milliseconds. */
const PATIENCE = 100;

/** What the REQ and RPC panels share: one question at a time, its answer, and how long that took. */
export class Asking {
  readonly #card: Holder;
  readonly #send: HTMLButtonElement;
  readonly #cancel = button('Cancel', 'cancel', () => this.#abort?.abort(), { hidden: true });
  readonly #limit = el('input', {
    type: 'number',
    min: '1',
    value: '5000',
    style: 'width: 84px',
    'data-testid': 'timeout',
  });
  readonly #answer = el('div', {
    className: 'answer stack',
    hidden: true,
    'aria-live': 'polite',
    'data-testid': 'reply',
  });
  readonly #repeat: Repeat;
  #submit: () => void = () => {};
  #abort: AbortController | undefined; // of the question that waits
  #latest: (() => void) | undefined; // that draws the last answer

  /** label is what the button says that asks. */
  constructor(card: Holder, label: string) {
    this.#card = card;
    this.#send = el('button', { className: 'main', 'data-testid': 'send' }, label);
    this.#repeat = new Repeat(this.#send, () => this.#submit());
  }

  /** Milliseconds that an answer may take. */
  get timeout(): number {
    return Number(this.#limit.value) || 5000;
  }

  /** The controls: a form of these fields, whose last row has the button that asks and then the extra ones; the answer. */
  controls(submit: () => void, fields: readonly Kids[], extra: HTMLElement | null = null): HTMLElement[] {
    this.#submit = submit;
    const onsubmit = (event: SubmitEvent): void => {
      event.preventDefault();
      this.#repeat.submit();
    };
    const limit = el('label', { className: 'row label' }, 'Timeout, ms', this.#limit);
    const bottom = el(
      'div',
      { className: 'row' },
      this.#send,
      this.#repeat.root,
      extra,
      this.#cancel,
      el('span', { className: 'grow' }),
      limit,
    );
    return [el('form', { className: 'stack', onsubmit }, ...fields, bottom), this.#answer];
  }

  /** Asks no more by itself. */
  stop(): void {
    this.#repeat.stop();
  }

  /** Asks, unless a question waits; logs question and answer, and shows the answer. */
  async ask<Reply>(question: Question<Reply>): Promise<void> {
    if (this.#abort !== undefined || this.#card.socket === undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    const when = Date.now();
    const start = performance.now();
    let logged = false;
    const logQuestion = (): void => {
      if (!logged) this.#card.message('out', question.parts, when);
      logged = true;
    };
    // Nothing is drawn while a quick answer is on its way, or what is measured would be the drawing.
    const patience = setTimeout(() => {
      logQuestion();
      this.#wait(true);
      this.#show(el('p', { className: 'label' }, 'Waiting for the answer …'));
    }, PATIENCE);
    try {
      const reply = await question.run({ timeout: this.timeout, signal: abort.signal });
      const took = performance.now() - start;
      this.#card.answered(took);
      logQuestion();
      this.#card.message('in', question.received(reply));
      const shown = keep(question.shown(reply));
      later(this.#drawAnswer(() => this.#show(latency(took), ...showParts(shown))));
    } catch (thrown) {
      logQuestion();
      const canceled = { name: 'Error', code: 'canceled', message: `after ${millis(performance.now() - start)}` };
      this.#fail(abort.signal.aborted ? canceled : failureOf(thrown));
    }
    clearTimeout(patience);
    this.#wait(false);
    this.#abort = undefined;
  }

  /** Draws an answer, unless a later one has come before its turn. */
  #drawAnswer(draw: () => void): () => void {
    this.#latest = draw;
    return () => {
      if (this.#latest === draw) draw();
    };
  }

  #fail(failure: Failure): void {
    this.#latest = undefined;
    this.#card.note(`${failure.code ?? failure.name}: ${failure.message}`, 'bad');
    this.#show(showTrouble(failure, this.#card.opening));
  }

  #show(...kids: Node[]): void {
    this.#answer.hidden = false;
    this.#answer.replaceChildren(...kids);
  }

  #wait(yes: boolean): void {
    this.#send.disabled = yes && !this.#repeat.running;
    this.#cancel.hidden = !yes;
  }
}

function latency(ms: number): HTMLElement {
  return el(
    'p',
    { className: 'facts' },
    el('span', {}, 'Answer in ', el('b', { 'data-testid': 'latency' }, millis(ms))),
  );
}
