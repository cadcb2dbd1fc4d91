import { button, el, find } from '../dom/element.js';
import { type Connection } from '../model/connection.js';
import { type NamedEndpoint, namedEndpoints } from '../model/endpoints.js';
import { type Kind, subscribes } from '../model/kind.js';
import type { Opening } from '../model/opening.js';

/** Lists the endpoints that the bridge has names for; a click opens a socket to one. The list is hidden while there is none. */
export class Services {
  readonly #connection: Connection;
  readonly #open: (opening: Opening) => void;
  #asked = 0;

  constructor(connection: Connection, open: (opening: Opening) => void) {
    this.#connection = connection;
    this.#open = open;
    connection.watch({
      changed: ({ state, resumed }) => {
        if (state === 'connected' && !resumed) void this.#ask();
      },
    });
  }

  async #ask(): Promise<void> {
    const { url, login } = this.#connection;
    if (url === undefined) return;
    const asked = ++this.#asked;
    // A bridge that does not answer this is an old one, or lets pages of this origin only connect.
    const list = await namedEndpoints(url, login).catch(() => []);
    if (asked === this.#asked) this.#draw(list);
  }

  #draw(list: readonly NamedEndpoint[]): void {
    find('names').replaceChildren(...list.map((it) => this.#entry(it)));
    find('namesbox').hidden = list.length === 0;
    find('addresses').replaceChildren(...list.map(({ name }) => el('option', { value: name })));
  }

  #entry({ name, kinds, bind }: NamedEndpoint): HTMLElement {
    const tags = kinds.flatMap((kind) => (kind === 'REQ' ? (['REQ', 'RPC'] as const) : [kind]));
    return el('li', {}, el('code', {}, name), ...tags.map((kind) => this.#button(name, kind, bind)));
  }

  #button(name: string, kind: Kind, bind: boolean): HTMLElement {
    const binds = bind && kind !== 'REP';
    const open = (): void =>
      this.#open({ kind, address: name, bind: binds, params: {}, topics: subscribes(kind) ? [''] : [] });
    return button(kind, `open-${name}-${kind}`, open, {
      className: 'tag',
      'data-type': kind,
      'aria-label': `Open ${kind} ${name}`,
    });
  }
}
