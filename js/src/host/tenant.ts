import { ZmqError } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import { within } from '../language/wait.js';
import type { Command, GuestWord, Happened, HostWord, LaidPart } from '../guest/terms.js';
import type { Link } from '../link/link.js';
import type { Reset, Status } from '../link/status.js';
import type { Part } from '../message/message.js';
import { Telling } from './telling.js';
import { TenantSocket } from './tenantsocket.js';

/** How many bytes of commands are taken before the page is told so, if there is nothing else to tell. */
const untold = 1 << 16;

/** How long a page has to say who the user is, in milliseconds. Then another one is asked. */
const patience = 10_000;

/** How many such questions a page may have left without an answer. */
const maxUnanswered = 8;

const unanswered = 'the page does not say who the user is';

/** A context of a page, at the worker: does what the page says, and tells it what happens. */
export class Tenant {
  readonly #port: MessagePort;
  readonly #link: Link;
  readonly #telling = new Telling(
    (happened) => this.#happened(happened),
    () => this.#giveUp(),
  );
  readonly #sockets = new Map<number, TenantSocket>();
  readonly #left: () => void;
  readonly #questions = new Map<number, Deferred<unknown>>();
  #asked = 0;
  #answers = 0;
  #begun = false;
  #leaving = false;
  #taken = 0;
  #told = 0;
  #probes = 0;
  #rtt: number | undefined;

  /** left is called when the page is gone, and all that it had to do is done. */
  constructor(port: MessagePort, link: Link, left: () => void) {
    this.#port = port;
    this.#link = link;
    this.#left = left;
    port.onmessage = ({ data }: MessageEvent<GuestWord>) => this.#heard(data);
    link.run({ run: () => this.#begin(), fail: (why) => this.#refuse(why) });
  }

  #begin(): void {
    this.#begun = true;
    this.#say({ kind: 'begin' });
    const { status } = this.#link;
    if (status.state !== 'connecting' || status.reason !== undefined) this.#telling.now(status);
  }

  #refuse({ code, message: text }: ZmqError): void {
    this.#say({ kind: 'refused', failure: { code, text } });
    this.#left();
  }

  #say(word: HostWord): void {
    this.#port.postMessage(word);
  }

  // What the page says.

  #heard(word: GuestWord): void {
    switch (word.kind) {
      case 'commands':
        return this.#commands(word.commands, word.bytes ?? new Uint8Array(0), word.size);
      case 'answer':
        return this.#answered(word);
      case 'heard':
        return this.#telling.heard(word.words);
      case 'awake':
        return this.#link.doubted();
      case 'bye':
        return this.leave();
    }
  }

  #commands(commands: readonly Command[], bytes: Uint8Array, size: number): void {
    let at = 0;
    const read = (part: LaidPart): Part => (typeof part === 'string' ? part : bytes.subarray(at, (at += part)));
    for (const command of commands) {
      const carries = command[0] === 'send' || command[0] === 'request' || command[0] === 'reply';
      const parts = carries ? command[3].map(read) : [];
      if (command[0] === 'probe') void this.#probe();
      else if (command[0] === 'open') this.#open(command);
      else if (command[0] === 'pause') this.#pause(command[1], command[2]);
      else this.#run(command, this.#sockets.get(command[1]), parts);
    }
    this.#taken += size;
    if (this.#taken - this.#told >= untold) this.#telling.schedule();
  }

  #open([, number, type, identity, window, idempotent]: Extract<Command, readonly ['open', ...unknown[]]>): void {
    const gone = (it: TenantSocket): void => void this.#sockets.delete(it.number);
    this.#sockets.set(number, new TenantSocket(this.#link, this.#telling.writer, number, type, identity, window, idempotent, gone));
  }

  #pause(number: number, to: number): void {
    const socket = this.#sockets.get(number);
    if (socket === undefined) return;
    this.#sockets.delete(number);
    this.#sockets.set(to, socket);
    socket.pause(to);
  }

  #run(command: Command, socket: TenantSocket | undefined, parts: readonly Part[]): void {
    if (socket === undefined) return; // the page does not know yet that it is gone
    switch (command[0]) {
      case 'close':
        return void socket.leave(command[2], command[3]).catch(() => {}); // the page is told how it ended
      case 'connect':
        return socket.attach(command[2], (client, it) => client.connect(it, command[3], command[4]));
      case 'since':
        return socket.attach(command[2], (client, it) => client.connectSince(it, command[3], command[4], command[5], command[6]));
      case 'bind':
        return socket.attach(command[2], (client, it) => client.bind(it, command[3], command[4]));
      case 'disconnect':
        return socket.disconnect(command[2]);
      case 'subscribe':
        return socket.subscribe(command[2], command[3], command[4], command[5]);
      case 'resubscribe':
        return socket.resubscribe(command[2], command[3], command[4]);
      case 'unpause':
        return socket.unpause();
      case 'unsubscribe':
        return socket.unsubscribe(command[2]);
      case 'request':
        return socket.request(command[2], parts, command[4], command[5]);
      case 'cancel':
        return socket.cancel(command[2]);
      case 'decline':
        return socket.decline(command[2]);
      case 'send':
        return socket.send(command[2], parts);
      case 'reply':
        return socket.reply(command[2], command[4], parts);
      case 'consumed':
        return socket.consumed(command[2], command[3]);
    }
  }

  async #probe(): Promise<void> {
    this.#rtt = await this.#link.rtt.catch(() => undefined); // at the end the page is told of that
    this.#probes++;
    this.#telling.schedule();
  }

  // What the page is told.

  /** The status of the connection has changed. */
  status(status: Status): void {
    if (this.#begun) this.#telling.status(status);
  }

  /** The session was lost. */
  reset(reset: Reset): void {
    if (this.#begun) this.#telling.reset(reset);
  }

  #happened(happened: Pick<Happened, 'words' | 'text' | 'bytes'>): void {
    const { bytesReceived, bytesSent } = this.#link.counters;
    this.#told = this.#taken;
    const word: HostWord = {
      ...{ kind: 'happened', ...happened, taken: this.#taken, bytesReceived, bytesSent },
      ...{ probes: this.#probes, rtt: this.#rtt },
    };
    this.#port.postMessage(word, [happened.words.buffer, happened.text.buffer, happened.bytes]);
  }

  /** The page hears nothing, and too much waits for it. */
  #giveUp(): void {
    if (this.#leaving) return;
    this.#telling.now({ state: 'closed', code: 'busy', reason: 'the page did not hear what happened' });
    this.#telling.flush();
    this.leave();
  }

  // Who the user is.

  /** Asks the page for credentials. Rejects with code "timeout" when it does not answer. */
  ask(reason: 'connect' | 'expired' | 'refused', signal: AbortSignal): Promise<unknown> {
    if (this.#asked - this.#answers >= maxUnanswered) return Promise.reject(new ZmqError('timeout', unanswered));
    const id = ++this.#asked;
    const answer = new Deferred<unknown>();
    this.#questions.set(id, answer);
    this.#say({ kind: 'ask', id, reason });
    const outcome = within(answer.promise, { timeout: patience, signal }, () => unanswered);
    return outcome.finally(() => this.#questions.delete(id));
  }

  #answered({ id, credentials, failure }: Extract<GuestWord, { kind: 'answer' }>): void {
    this.#answers++;
    const question = this.#questions.get(id);
    if (failure === undefined) question?.resolve(credentials);
    else question?.reject(new ZmqError(failure.code, failure.text));
  }

  // The end.

  /** The page has closed the context, or it is gone. What was sent before still leaves. */
  leave(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    void Promise.allSettled([...this.#sockets.values()].map((socket) => socket.leave())).then(() => this.#left());
  }

  /** The page may forget it. */
  gone(): void {
    this.#say({ kind: 'gone' });
    this.#port.close();
  }
}
