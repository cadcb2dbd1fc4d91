import type { RPCClient } from 'zmq-web-bridge';

import { button, el } from '../dom/element.js';
import { type FunctionDescription, functionsOf } from '../model/description.js';
import { failureOf } from '../model/failure.js';

/** How long a server may take to say what it has, in milliseconds. */
const PATIENCE = 5000;

/** The functions that a server says it has. It is asked when somebody wants to know: those of 2012 know no such question. */
export class Functions {
  /** The button that asks. */
  readonly ask = button('List its functions', 'describe', () => void this.#ask(), { className: 'chip' });
  readonly list = el('div', {
    className: 'functions',
    hidden: true,
    tabIndex: 0,
    role: 'group',
    'aria-label': 'Functions of the server',
    'data-testid': 'functions',
  });
  readonly #use: (described: FunctionDescription) => void;
  readonly #client: () => RPCClient | undefined;

  constructor(client: () => RPCClient | undefined, use: (described: FunctionDescription) => void) {
    this.#client = client;
    this.#use = use;
  }

  async #ask(): Promise<void> {
    this.list.hidden = false;
    try {
      const answer = await this.#client()?.call('rpc.describe', [], null, { timeout: PATIENCE });
      const found = functionsOf(answer);
      this.list.replaceChildren(
        ...(found.length > 0
          ? found.map((it) => this.#entry(it))
          : [el('p', { className: 'label' }, 'It names none.')]),
      );
    } catch (thrown) {
      const { code, message } = failureOf(thrown);
      const said = code === 'failed' ? 'This server does not tell what functions it has.' : `${code}: ${message}`;
      this.list.replaceChildren(el('p', { className: 'label', 'data-testid': 'no-functions' }, said));
    }
  }

  #entry(described: FunctionDescription): HTMLElement {
    const { signature, doc, stream } = described;
    const label = el(
      'span',
      {},
      el('code', {}, signature),
      stream ? el('span', { className: 'label' }, ' stream') : null,
    );
    const entry = button('', 'function', () => this.#use(described), { className: 'quiet entry' });
    entry.append(label, doc ? el('span', { className: 'label' }, doc) : '');
    return entry;
  }
}
