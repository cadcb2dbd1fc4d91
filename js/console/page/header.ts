import type { ContextState } from 'zmq-web-bridge';

import { find } from '../dom/element.js';
import type { Connection, Standing } from '../model/connection.js';

const names: Readonly<Record<ContextState, string>> = {
  connecting: 'Connecting',
  connected: 'Connected',
  reconnecting: 'Reconnecting',
  draining: 'Bridge is leaving',
  closed: 'Disconnected',
};

/** The top of the page: where the connection stands, the address of the bridge, and the banner. */
export class Header {
  readonly #connection: Connection;
  readonly #status = find('status');
  readonly #statusText = this.#status.querySelector('span')!;
  readonly #banner = find('banner');
  readonly #dial = find('dial', HTMLButtonElement);

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.watch({ changed: (standing) => this.#show(standing) });
    find('bridge', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#wantsDial) connection.dial();
      else connection.close();
    });
    find('url').addEventListener('input', () => this.#drawDial());
  }

  #show(standing: Standing): void {
    const { state, reason, resumed } = standing;
    this.#status.dataset['state'] = state;
    this.#status.title = resumed
      ? 'The session of the connection before this one goes on: nothing was lost.'
      : reason;
    this.#statusText.textContent = resumed ? 'Connected, resumed' : names[state];
    const text = this.#bannerText(standing);
    this.#banner.hidden = text === '';
    this.#banner.className = state === 'closed' ? 'banner bad' : 'banner';
    this.#banner.textContent = text;
    this.#drawDial();
  }

  #bannerText({ state, reason }: Standing): string {
    switch (state) {
      case 'connecting':
      case 'reconnecting':
        if (reason === '') return ''; // the first attempt is under way
        return `Trying again: ${reason}. Is the bridge running?${this.#originHint()}`;
      case 'draining':
        return `The bridge is leaving (${reason}). This page waits for answers and moves on by itself.`;
      case 'closed':
        return reason;
      default:
        return '';
    }
  }

  /** A bridge elsewhere has to allow the origin of this page. It cannot tell a page that it does not. */
  #originHint(): string {
    const { url } = this.#connection;
    if (url === undefined || new URL(url).host === location.host) return '';
    return ` Was it started with --origin ${location.origin}? This page comes from there.`;
  }

  /** The button connects while there is no connection, and to another address; else it disconnects. */
  get #wantsDial(): boolean {
    return this.#dial.textContent === 'Connect';
  }

  #drawDial(): void {
    const { state, dialed, address } = this.#connection;
    this.#dial.textContent = state === 'closed' || address() !== dialed ? 'Connect' : 'Disconnect';
  }
}
