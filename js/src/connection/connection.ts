// The room "connection" opens WebSockets to the bridge, one after another, for as long as a context wants one: it waits
// between them, finds out why one does not open, and notices when the page is left or comes back. What goes over them it
// does not know. It imports nothing but language and errors.ts, and only the room "link" imports it.
import { ZmqError } from '../errors.js';
import { KeepAlive } from '../language/keepalive.js';
import { Backoff } from './backoff.js';
import { ClockWatch } from './clock.js';
import { CloseCode } from './closecode.js';
import { Inquiry } from './inquiry.js';
import { Leaving } from './leaving.js';
import { type CredentialsQuery, Login, isFinal, jsonOf } from './login.js';
import { type PageWatcher, watchPage } from './page.js';
import { Reconnect } from './reconnect.js';
import { Wire, type WireOwner } from './wire.js';

export interface ConnectionOptions {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  /** Returns what to present to the bridge. It is called before each WebSocket is opened. */
  readonly credentials: (query: CredentialsQuery) => unknown;
  /** Whether that may return others when it is called again. It is called before they expire, too, then. */
  readonly renewable: boolean;
  readonly minReconnectDelay: number;
  readonly maxReconnectDelay: number;
  /** Which part of a delay is random, from 0 to 1. */
  readonly reconnectJitter: number;
  /** How often in a row it may be tried again. */
  readonly maxReconnectAttempts: number;
}

/** Whoever is told what becomes of a Connection. After it has called end, it is told nothing more. */
export interface ConnectionOwner {
  /** A WebSocket is open. The credentials to present are JSON. */
  opened(credentials: string | undefined): void;
  received(data: ArrayBuffer): void;
  /** There are other credentials to present on this WebSocket. */
  renewed(credentials: string | undefined): void;
  /**
   * The WebSocket has ended. remote says that the other end sent this code. Returns for what reason; when there must not
   * be another WebSocket, it has called end.
   */
  closed(code: number, reason: string, remote: boolean): ZmqError;
  /** There is no WebSocket, for this reason. The next one is going to be opened. */
  waits(why: ZmqError): void;
  /** There cannot be a WebSocket at all. */
  failed(why: ZmqError): void;
  /** The network may have changed: the connection may be dead without a sign. */
  doubted(): void;
  /** The page is being left, and this is the last moment to send. Tells whether the next page goes on with the session. */
  left(): boolean;
  /** The page was not left for ever. */
  returned(): void;
}

/** The codes with which this end leaves though nothing is wrong. After them it connects again without a delay. */
const ofOwnAccord: readonly number[] = [CloseCode.Normal, CloseCode.Left, CloseCode.GoingAway];

/**
 * How often in a row there may be no credentials. At the default delays this takes about as long as a bridge keeps a session
 * for somebody who was cut off.
 */
const maxUncredentialed = 20;

/** The way to the bridge: one WebSocket, and after its end the next one, until it is ended. */
export class Connection implements WireOwner, PageWatcher {
  readonly #options: ConnectionOptions;
  readonly #owner: ConnectionOwner;
  readonly #reconnect: Reconnect;
  readonly #page: { cancel(): void };
  readonly #clock: ClockWatch;
  readonly #inquiry: Inquiry;
  readonly #login: Login;
  readonly #alive = new KeepAlive();
  /** Whether it keeps Node running. */
  #kept = true;
  #wire: Wire | undefined;
  /** Whether the WebSocket has opened. */
  #open = false;
  /** Counts the attempts to connect. */
  #attempts = 0;
  #credentials: string | undefined;
  /** How often it was tried again since the bridge has welcomed this client. */
  #retries = 0;
  /** How often in a row there were no credentials. */
  #uncredentialed = 0;
  /** Why the bridge takes nobody for the time being. */
  #turnedAway: ZmqError | undefined;
  #leaving: Leaving | undefined;
  /** Whether the page was left. */
  #away = false;
  /** The code with which the WebSocket was closed when the page was left. */
  #farewell: number = CloseCode.Normal;
  #ended = false;

  constructor(options: ConnectionOptions, owner: ConnectionOwner) {
    this.#options = options;
    this.#owner = owner;
    const { url, minReconnectDelay, maxReconnectDelay, reconnectJitter } = options;
    const backoff = new Backoff(minReconnectDelay, maxReconnectDelay, reconnectJitter);
    this.#reconnect = new Reconnect(url, backoff, () => void this.#connect());
    this.#inquiry = new Inquiry(url, (why) => this.#found(why));
    this.#login = new Login(options.credentials, options.renewable);
    this.#page = watchPage(this);
    this.#clock = new ClockWatch(() => this.awake());
    this.#alive.hold();
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempts; // it is given up when there is a later one
    await undefined; // nothing happens before whoever made this had time to add listeners
    try {
      const credentials = jsonOf(await this.#login.ask());
      if (attempt !== this.#attempts) return;
      this.#credentials = credentials;
    } catch (thrown) {
      if (attempt === this.#attempts) this.#noCredentials(thrown);
      return;
    }
    this.#uncredentialed = 0;
    try {
      this.#wire = new Wire(this.#options.url, this.#options.WebSocket, this);
    } catch (thrown) {
      this.#owner.failed(ZmqError.from(thrown, 'invalid'));
    }
  }

  /** The page has no credentials to present. Perhaps it will have some; but nobody is asked for ever. */
  #noCredentials(thrown: unknown): void {
    if (isFinal(thrown)) return this.#owner.failed(thrown);
    const why = new ZmqError('unauthenticated', `no credentials: ${ZmqError.from(thrown).message}`);
    if (++this.#uncredentialed < maxUncredentialed) this.#again(why);
    else this.#owner.failed(why);
  }

  #again(why: ZmqError, atOnce = false): void {
    if (++this.#retries > this.#options.maxReconnectAttempts) return this.#owner.failed(why);
    this.#owner.waits(why);
    if (this.#ended) return; // the owner has ended it when it was told
    if (atOnce) this.#reconnect.now();
    else this.#reconnect.later();
  }

  // The WebSocket, which calls opened, received and closed.

  opened(): void {
    this.#open = true;
    this.#inquiry.succeeded();
    if (!this.#kept) this.#wire?.keep(false);
    this.#owner.opened(this.#credentials);
  }

  received(data: ArrayBuffer): void {
    this.#owner.received(data);
  }

  closed(code: number, reason: string, remote: boolean): void {
    const opened = this.#open;
    this.#wire = undefined;
    this.#open = false;
    this.#leaving?.cancel();
    this.#leaving = undefined;
    if (!this.#ended && !this.#away) this.#lost(code, reason, remote, opened);
  }

  /** There is no WebSocket any more, or none has opened. */
  #lost(code: number, reason: string, remote: boolean, opened: boolean): void {
    const turnedAway = this.#turnedAway;
    this.#turnedAway = undefined;
    const why = this.#owner.closed(code, reason, remote);
    const again = this.#login.closed(code, remote);
    if (this.#ended) return;
    if (!again) this.#owner.failed(why);
    else if (opened) this.#again(turnedAway ?? why, !remote && ofOwnAccord.includes(code));
    else this.#again(this.#inquiry.failed(reason, code === CloseCode.Abnormal && reason !== ''));
  }

  /** Why no WebSocket has opened was found out. */
  #found(why: ZmqError): void {
    if (!this.#open && !this.#ended && !this.#away) this.#owner.waits(why);
  }

  /** The number of bytes that were sent and wait to be written. */
  get bufferedAmount(): number {
    return this.#wire?.bufferedAmount ?? 0;
  }

  /** Writes a batch, which the caller may overwrite afterwards. Without a WebSocket it is dropped. */
  send(batch: Uint8Array<ArrayBuffer>): void {
    this.#wire?.send(batch);
  }

  /** Ends this WebSocket. Another one follows. */
  close(code: number, reason: string): void {
    this.#wire?.close(code, reason);
  }

  // The bridge.

  /** The bridge has welcomed this client. */
  welcomed(): void {
    this.#retries = 0;
    this.#reconnect.succeeded();
    this.#login.welcomed();
  }

  /** The credentials are about to expire; refused tells whether those that were handed over were not accepted. */
  expiring(refused: boolean): void {
    this.#login.renew(refused, (credentials) => this.#owner.renewed(credentials));
  }

  /** The bridge takes nobody for so many milliseconds. */
  turnedAway(delay: number, reason: string): void {
    this.#turnedAway = new ZmqError('unavailable', reason, { remote: true });
    this.#reconnect.notBefore(delay);
  }

  /** The bridge stops in so many milliseconds. idle tells whether leaving it now would lose nothing. */
  leave(within: number, idle: () => boolean): void {
    this.#leaving?.cancel();
    this.#leaving = new Leaving(within, idle, () => this.close(CloseCode.GoingAway, 'asked to leave'));
  }

  /** Something was sent or received. */
  progressed(): void {
    this.#leaving?.check();
  }

  // The page, whose watcher calls these.

  awake(): void {
    this.#reconnect.hurry();
    if (this.#open) this.#owner.doubted();
    else this.#wire?.hurry();
  }

  /**
   * Closes the WebSocket. The bridge would keep the session for a page that is gone, so the code ends the session as well,
   * unless the next page goes on with it. The owner is not told that the WebSocket has ended: a page that does not come
   * back need not know.
   */
  left(): void {
    if (this.#away) return;
    this.#farewell = this.#owner.left() ? CloseCode.Left : CloseCode.Normal;
    this.#away = true;
    this.#attempts++;
    this.#reconnect.cancel();
    this.#login.cancel();
    this.close(this.#farewell, 'the page was left');
  }

  returned(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#owner.returned();
    this.#lost(this.#farewell, 'the page was left', false, true);
  }

  /** Says whether it keeps Node running. */
  keep(running: boolean): void {
    this.#kept = running;
    this.#wire?.keep(running);
    if (running && !this.#ended) this.#alive.hold();
    else this.#alive.release();
  }

  /** Ends it for good. No WebSocket follows. */
  end(reason: string): void {
    this.#ended = true;
    this.#alive.release();
    this.#attempts++;
    for (const it of [this.#page, this.#clock, this.#inquiry, this.#reconnect, this.#leaving, this.#login]) it?.cancel();
    this.close(CloseCode.Normal, reason);
  }
}
