import type { Client } from '../engine/client.js';
import { ZmqError } from '../errors.js';
import { Idle } from '../language/idle.js';
import { type WaitOptions, within } from '../language/wait.js';
import type { Link } from '../link/link.js';
import { type Part, snapshot } from '../message/message.js';

/** A message of the page, and the promise that send returned for it. */
interface Post {
  parts: readonly Part[];
  resolve(): void;
  reject(why: unknown): void;
}

/** The promise of a message that the engine has. */
type Promised = Pick<Post, 'resolve' | 'reject'>;

/** How many messages may wait here, besides those that wait in the engine. Further ones fail with code "busy". */
const maxWaiting = 10_000;

/** Sends the messages of a socket that sends unasked, such as PUSH. Where the engine takes no more, they wait in order. */
export class Sender {
  readonly #link: Link;
  readonly #waiting: Post[] = [];
  /** Those that the engine has while the bridge was never reached, so that there may be none. */
  #unproven: Promised[] = [];
  #socket = 0;
  /** Whether anything was sent. */
  used = false;
  /** How many messages the engine has not taken yet. */
  pending = 0;
  /** For those who wait until the engine has taken all of them. */
  readonly idle = new Idle(() => this.pending === 0);

  constructor(link: Link) {
    this.#link = link;
  }

  /** Sets the number of the socket. */
  open(socket: number): void {
    this.#socket = socket;
  }

  /**
   * Sends a message. Fulfilled when the engine has taken it, which is when the bridge or the socket's queue has room; but not
   * before the bridge was reached for the first time. A message that waits for room when the options give it up is not sent.
   */
  send(parts: readonly Part[], options?: WaitOptions): Promise<void> {
    let post: Post | undefined;
    const sent = new Promise<void>((resolve, reject) => {
      const kept = this.#link.client === undefined ? snapshot(parts) : parts;
      this.#took(1);
      post = { parts: kept, resolve, reject };
      this.#begin(post);
    });
    if (options === undefined) return sent;
    const outcome = within(sent, options, () => 'there was no room for the message in time');
    outcome.catch((why: unknown) => this.#withdraw(post!, why));
    return outcome;
  }

  #begin(post: Post): void {
    this.#link.run({ run: (client) => this.#post(client, post), fail: (why) => this.#refuse(post, why) });
  }

  /** So many messages more wait for the engine to take them. */
  #took(more: number): void {
    this.pending += more;
    this.idle.check();
  }

  #withdraw(post: Post, why: unknown): void {
    const at = this.#waiting.indexOf(post);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#refuse(post, why);
  }

  /** The engine never got this message. */
  #refuse(post: Post, why: unknown): void {
    this.#took(-1);
    post.reject(why);
  }

  #post(client: Client, post: Post): void {
    this.used = true;
    if (this.#waiting.length === 0 && this.#hand(client, post)) return;
    if (this.#waiting.length >= maxWaiting) throw new ZmqError('busy', 'too many messages wait for the bridge');
    post.parts = snapshot(post.parts);
    this.#waiting.push(post);
  }

  /** Hands a message to the engine. Returns false when there is no room for it. */
  #hand(client: Client, post: Post): boolean {
    try {
      const taken = client.send(this.#socket, post.parts);
      this.#took(-1);
      if (taken) taken.then(post.resolve, post.reject);
      else if (this.#link.reached) post.resolve();
      else this.#await(post);
    } catch (thrown) {
      if (thrown instanceof ZmqError && thrown.code === 'busy') return false;
      this.#refuse(post, thrown);
    }
    return true;
  }

  #await({ resolve, reject }: Promised): void {
    this.#unproven.push({ resolve, reject });
    if (this.#unproven.length > 1) return;
    const reached = (): void => this.#takeUnproven().forEach((it) => it.resolve());
    this.#link.welcome.then(reached, () => {}); // when it never will be, ended is called
  }

  #takeUnproven(): Promised[] {
    return this.#unproven.splice(0);
  }

  /** There is room again. */
  writable(): void {
    const run = (client: Client): void => {
      while (this.#waiting.length > 0 && this.#hand(client, this.#waiting[0]!)) this.#waiting.shift();
    };
    this.#link.run({ run, fail() {} });
  }

  /** The socket takes its leave: what the engine has still goes out, and it gets nothing more. */
  leaves(why: ZmqError): void {
    for (const post of this.#waiting.splice(0)) this.#refuse(post, why);
  }

  ended(why: ZmqError): void {
    for (const post of this.#takeUnproven()) post.reject(why);
    this.leaves(why);
  }
}
