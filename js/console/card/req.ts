import type { Frame } from 'zmq-web-bridge';

import { button, el } from '../dom/element.js';
import { connecting, literal } from '../model/code.js';
import { Asking } from './asking.js';
import { Composer } from './composer.js';
import { DraftMenu } from './draftmenu.js';
import type { Holder, Panel } from './panel.js';

/** Sends a message of any parts to a REP or ROUTER, and shows the answer. */
export class ReqPanel implements Panel {
  readonly controls: readonly HTMLElement[];
  readonly #card: Holder;
  readonly #asking: Asking;
  readonly #composer: Composer;
  readonly #menu: DraftMenu;

  constructor(card: Holder) {
    this.#card = card;
    this.#asking = new Asking(card, 'Send');
    this.#composer = new Composer(card.opening.preset?.text);
    this.#menu = new DraftMenu(card.kind, this.#composer);
    const more = button('Add part', 'add-part', () => this.#composer.add().focus());
    const extra = el('span', { className: 'row' }, more, this.#menu.root);
    this.controls = this.#asking.controls(() => this.#submit(), [this.#composer.root], extra);
  }

  #submit(): void {
    const parts = this.#composer.parts();
    const { socket } = this.#card;
    if (parts === undefined || socket === undefined) return;
    this.#menu.sent();
    const itself = (reply: Frame[]): Frame[] => reply;
    void this.#asking.ask({
      parts,
      run: (options) => socket.request(parts, options),
      received: itself,
      shown: itself,
    });
  }

  stop(): void {
    this.#asking.stop();
  }

  code(): string {
    const parts = (this.#composer.parts() ?? ['hello']).map(literal);
    const message = parts.length === 1 ? parts[0] : `[${parts.join(', ')}]`;
    return `const req = context.Socket(zmq.REQ)
${connecting('req', this.#card.opening)}

const reply = await req.request(${message}, { timeout: ${this.#asking.timeout} })
console.log(String(reply[0]))  // a part is a Uint8Array; String() reads its text, .json() its JSON`;
  }
}
