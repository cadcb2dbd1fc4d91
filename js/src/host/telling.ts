import { EventKind } from '../engine/abi.js';
import { type ErrorCode, codeNumber } from '../errors.js';
import { type Happened, HostEvent } from '../guest/terms.js';
import type { Reset, Status } from '../link/status.js';
import { PlanWriter } from './planwriter.js';

/** How many words may be on their way to a page that it has not heard. */
const ahead = 32;

/**
 * Tells a page what happens, in one word for all that happened at once. A page that hears nothing, because it is frozen or stands
 * still, is told no more until it does. What happens meanwhile waits here: messages, for which the page has granted credit, what
 * becomes of its sockets, and of the connection the newest status.
 */
export class Telling {
  readonly writer: PlanWriter;
  readonly #say: (happened: Pick<Happened, 'words' | 'text' | 'bytes'>) => void;
  #scheduled = false;
  /** Whether there is something to say. */
  #due = false;
  /** How many words were said, and how many of them the page has heard. */
  #said = 0;
  #heard = 0;
  /** The newest status, if the page has yet to hear of it. */
  #status: Status | undefined;
  /** Whether the loss of a session is among what waits. */
  #reset = false;

  /** overflowed is called when too much waits that nobody bounds. */
  constructor(say: (happened: Pick<Happened, 'words' | 'text' | 'bytes'>) => void, overflowed: () => void) {
    this.#say = say;
    this.writer = new PlanWriter(() => this.schedule(), overflowed);
  }

  get #held(): boolean {
    return this.#said - this.#heard >= ahead;
  }

  /** Says after the code that is running now what has happened, so that all of it passes at once. */
  schedule(): void {
    this.#due = true;
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#proceed();
    });
  }

  /** The page has heard so many words. */
  heard(words: number): void {
    this.#heard = words;
    this.#proceed();
  }

  #proceed(): void {
    if (this.#due && !this.#held) this.flush();
  }

  /** Says it now, even to a page that hears nothing. */
  flush(): void {
    if (this.#status !== undefined) {
      const { resumed, ...anew } = this.#status;
      this.now(this.#reset ? anew : this.#status);
      this.#status = undefined;
    }
    this.#reset = this.#due = false;
    this.#said++;
    this.#say(this.writer.take());
  }

  /** The status has changed. */
  status(status: Status): void {
    if (!this.#held) return this.#write(status);
    this.#status = status;
    this.schedule();
  }

  /** Tells how it is to a page that has not heard how it was. */
  now(status: Status): void {
    if (status.state === 'draining') this.#write({ state: 'connected' });
    this.#write(status);
  }

  #write({ state, code, reason: text = '', resumed }: Status): void {
    if (state === 'connected') this.#tell(resumed ? EventKind.Resumed : EventKind.Ready, undefined, '');
    else if (state === 'draining') this.#tell(EventKind.Draining, code, text);
    else this.#tell(state === 'closed' ? HostEvent.Over : HostEvent.Waits, code, text);
  }

  /** The session was lost. That one was lost after another changes nothing for who has not heard of that. */
  reset({ code, reason }: Reset): void {
    if (this.#reset) return;
    this.#reset = this.#held;
    this.#tell(EventKind.Reset, code, reason);
  }

  #tell(kind: number, code: ErrorCode | undefined, text: string): void {
    this.writer.event({ kind, code: codeNumber(code), remote: false, socket: 0, id: 0, count: 0, text, parts: [] });
  }
}
