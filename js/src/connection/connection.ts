import { ZmqError } from '../errors.js';
import { Leaving } from './leaving.js';
import { type PageWatcher, watchPage } from './page.js';
import { Reconnect } from './reconnect.js';
import { CloseCode, Wire, type WireOwner } from './wire.js';

export interface ConnectionOptions {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  /** What to present to the bridge, asked before each WebSocket. */
  readonly credentials: () => unknown;
  readonly minReconnectDelay: number;
  readonly maxReconnectDelay: number;
}

/** What the owner of a Connection is told. After end, nothing more. */
export interface ConnectionOwner {
  /** A WebSocket is open; credentials are JSON. */
  opened(credentials: string | undefined): void;
  received(data: ArrayBuffer): void;
  /** The WebSocket ended: remote, if the other end sent this code. Returns why; it has called end if it was the last. */
  closed(code: number, reason: string, remote: boolean): ZmqError;
  /** There is no WebSocket, and why; the next one is going to be opened. */
  waits(why: ZmqError): void;
  /** There cannot be one. */
  failed(why: ZmqError): void;
  /** The page is being left: last words. Tells whether the next page goes on with the session. */
  left(): boolean;
  /** The page was not left for ever. */
  returned(): void;
}

/** With these this end has left, though nothing was wrong. */
const ofOwnAccord = [CloseCode.Normal, CloseCode.Left, CloseCode.GoingAway];

/** The way to the bridge: one WebSocket, and after its end the next one. */
export class Connection implements WireOwner, PageWatcher {
  readonly #options: ConnectionOptions;
  readonly #owner: ConnectionOwner;
  readonly #reconnect: Reconnect;
  readonly #page: { cancel(): void };
  #wire: Wire | undefined;
  #dials = 0;
  #credentials: string | undefined;
  #turnedAway: ZmqError | undefined;
  #leaving: Leaving | undefined;
  #away = false; // the page was left
  #farewell = CloseCode.Normal;
  #ended = false;

  constructor(options: ConnectionOptions, owner: ConnectionOwner) {
    this.#options = options;
    this.#owner = owner;
    const { url, minReconnectDelay, maxReconnectDelay } = options;
    this.#reconnect = new Reconnect(url, minReconnectDelay, maxReconnectDelay, () => void this.#dial());
    this.#page = watchPage(this);
    void this.#dial();
  }

  async #dial(): Promise<void> {
    const dial = ++this.#dials; // given up when there is a later one
    await undefined; // nothing happens before who made this can listen
    try {
      const credentials = await this.#options.credentials();
      this.#credentials = credentials === undefined ? undefined : JSON.stringify(credentials);
    } catch (thrown) {
      if (dial !== this.#dials) return;
      return this.#again(new ZmqError('unauthenticated', `no credentials: ${ZmqError.from(thrown).message}`));
    }
    if (dial !== this.#dials) return;
    try {
      this.#wire = new Wire(this.#options.url, this.#options.WebSocket, this);
    } catch (thrown) {
      this.#owner.failed(ZmqError.from(thrown, 'invalid'));
    }
  }

  #again(why: ZmqError, atOnce = false): void {
    this.#owner.waits(why);
    if (this.#ended) return; // who was told has had enough
    if (atOnce) this.#reconnect.now();
    else this.#reconnect.later();
  }

  // The WebSocket.

  opened(): void {
    this.#owner.opened(this.#credentials);
  }

  received(data: ArrayBuffer): void {
    this.#owner.received(data);
  }

  closed(code: number, reason: string, remote: boolean): void {
    this.#wire = undefined;
    this.#leaving?.cancel();
    this.#leaving = undefined;
    if (this.#ended || this.#away) return;
    const turnedAway = this.#turnedAway;
    this.#turnedAway = undefined;
    const why = this.#owner.closed(code, reason, remote);
    if (this.#ended) return;
    this.#again(turnedAway ?? why, !remote && ofOwnAccord.includes(code));
  }

  get bufferedAmount(): number {
    return this.#wire?.bufferedAmount ?? 0;
  }

  /** Writes a batch, which may be overwritten afterwards. */
  send(batch: Uint8Array<ArrayBuffer>): void {
    this.#wire?.send(batch);
  }

  /** Ends this WebSocket. */
  close(code: number, reason: string): void {
    this.#wire?.close(code, reason);
  }

  // The bridge.

  welcomed(): void {
    this.#reconnect.succeeded();
  }

  /** The bridge takes nobody for so many milliseconds. */
  turnedAway(delay: number, reason: string): void {
    this.#turnedAway = new ZmqError('unavailable', reason, { remote: true });
    this.#reconnect.notBefore(delay);
  }

  /** The bridge will be gone in so many milliseconds. idle tells whether leaving it would lose nothing. */
  leave(within: number, idle: () => boolean): void {
    this.#leaving?.cancel();
    this.#leaving = new Leaving(within, idle, () => this.close(CloseCode.GoingAway, 'asked to leave'));
  }

  /** Something was said or heard. */
  progressed(): void {
    this.#leaving?.check();
  }

  // The page.

  awake(): void {
    this.#reconnect.hurry();
  }

  /**
   * The bridge would keep the session for a page that is gone, so it is ended, unless the next page goes on with it. The
   * owner is not told: to a page that does not come back nothing needs to happen.
   */
  left(): void {
    if (this.#away) return;
    this.#farewell = this.#owner.left() ? CloseCode.Left : CloseCode.Normal;
    this.#away = true;
    this.#dials++;
    this.#reconnect.cancel();
    this.close(this.#farewell, 'the page was left');
  }

  returned(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#owner.returned();
    this.closed(this.#farewell, 'the page was left', false);
  }

  /** Ends it for good. */
  end(reason: string): void {
    this.#ended = true;
    this.#dials++;
    for (const it of [this.#page, this.#reconnect, this.#leaving]) it?.cancel();
    this.close(CloseCode.Normal, reason);
  }
}
