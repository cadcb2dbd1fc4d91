import { ZmqError } from '../errors.js';
import { type Timer, after } from '../language/timer.js';
import { probeHTTP } from './httpprobe.js';

/** How long a finding counts, in milliseconds. Until then nobody is asked again. */
const validity = 30_000;

/** After how many failures in a row somebody is asked who was connected before: most of them are back before that. */
const patience = 3;

/**
 * Finds out why no WebSocket opens. A browser tells a page nothing about that, so the page asks for /healthz over HTTP. That
 * tells a bridge that is not there from a proxy that does not pass WebSockets on. What a Content-Security-Policy blocks is
 * an event.
 */
export class Inquiry {
  readonly #url: string;
  readonly #found: (why: ZmqError) => void;
  /** How often in a row no WebSocket has opened. */
  #failures = 0;
  #reached = false;
  #blocked = false;
  /** The reason that was given for the last failure. */
  #said = '';
  /** What was found out. */
  #finding: string | undefined;
  /** The time until which the finding counts. */
  #until = 0;
  #abort: AbortController | undefined;
  #timer: Timer | undefined;

  /** found is told what an inquiry has found out, unless a WebSocket has opened meanwhile. */
  constructor(url: string, found: (why: ZmqError) => void) {
    this.#url = url;
    this.#found = found;
    globalThis.addEventListener?.('securitypolicyviolation', this.#violated);
  }

  /**
   * No WebSocket has opened. said is the reason that was given, or ''; sure tells whether it says it all. Returns the reason
   * that is known so far.
   */
  failed(said: string, sure: boolean): ZmqError {
    this.#failures++;
    this.#said = said;
    if (sure) this.#finding = undefined;
    else if (this.#due()) this.#ask();
    return this.#why();
  }

  #due(): boolean {
    const asking = this.#timer !== undefined || this.#abort !== undefined;
    return !asking && !this.#blocked && this.#failures >= (this.#reached ? patience : 1) && performance.now() >= this.#until;
  }

  /** Asks, but not at once, because a violation of the policy is told after the WebSocket has failed. */
  #ask(): void {
    this.#timer = after(20, () => {
      this.#timer = undefined;
      const abort = new AbortController();
      this.#abort = abort;
      void probeHTTP(this.#url, abort.signal).then((finding) => {
        if (abort.signal.aborted) return;
        this.#abort = undefined;
        this.#finding = finding;
        this.#until = performance.now() + validity;
        this.#found(this.#why());
      });
    });
  }

  #why(): ZmqError {
    const start = `no WebSocket to ${this.#url}`;
    const code = this.#reached ? 'lost' : 'unavailable'; // a connection that was lost is still lost
    if (this.#blocked) {
      return new ZmqError(code, `${start}: the Content-Security-Policy of the page blocks it (connect-src)`);
    }
    const reason = this.#finding ?? this.#said;
    return new ZmqError(code, reason === '' ? start : `${start}: ${reason}`);
  }

  readonly #violated = (event: Event): void => {
    const { blockedURI, disposition } = event as SecurityPolicyViolationEvent;
    if (disposition === 'report' || originOf(blockedURI) !== originOf(this.#url)) return;
    this.#blocked = true;
    this.#stop();
    if (this.#failures > 0) this.#found(this.#why());
  };

  /** A WebSocket has opened. */
  succeeded(): void {
    this.#reached = true;
    this.#failures = this.#until = 0;
    this.#finding = undefined;
    this.#said = '';
    this.#blocked = false;
    this.#stop();
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#abort?.abort();
    this.#abort = undefined;
  }

  cancel(): void {
    this.#stop();
    globalThis.removeEventListener?.('securitypolicyviolation', this.#violated);
  }
}

function originOf(url: string): string | undefined {
  try {
    return new URL(url).origin;
  } catch {
    return undefined; // a policy also blocks what has no URL
  }
}
