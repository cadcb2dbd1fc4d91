import { build } from 'go:wasm_exec';
import type { CredentialsQuery } from '../connection/login.js';
import { after } from '../language/timer.js';
import type { Tools, WorkerOwner } from '../link/worker.js';
import { GuestClient } from './client.js';
import type { FirstLogin } from './login.js';
import { Presence, whenGone } from './presence.js';
import type { GuestWord, Hello, HostWord } from './terms.js';
import type { Vacancy } from './vacancy.js';

/**
 * How long a worker may take to say that it is there, a page to say who the user is, and a worker to do the last things for a
 * context, in milliseconds.
 */
const patience = 10_000;

/** A context in a worker, from the question whether there is room to the end. */
export class Lodging {
  readonly #owner: WorkerOwner;
  readonly #tools: Tools;
  readonly #login: FirstLogin;
  readonly #find: () => Vacancy;
  #vacancy!: Vacancy;
  #presence: Presence | undefined;
  #client: GuestClient | undefined;
  #death: { cancel(): void } | undefined;

  constructor(find: () => Vacancy, owner: WorkerOwner, tools: Tools, login: FirstLogin) {
    this.#find = find;
    this.#owner = owner;
    this.#tools = tools;
    this.#login = login;
  }

  /** Rejects when the worker cannot hold it. */
  async move(key: string): Promise<GuestClient> {
    this.#presence = await Presence.begin();
    try {
      this.#vacancy = this.#find();
      await this.#arrive(key, this.#presence.name);
      this.#client = new GuestClient(this.#vacancy.port, this.#owner, this.#tools, () => this.#leave());
      addEventListener('pagehide', this.#hidden);
      globalThis.document?.addEventListener('visibilitychange', this.#looked);
      return this.#client;
    } catch (thrown) {
      this.#gone();
      throw thrown;
    }
  }

  #arrive(key: string, lock: string): Promise<void> {
    const { port } = this.#vacancy;
    return new Promise<void>((resolve, reject) => {
      const late = after(patience, () => reject(new Error('the worker does not answer')));
      this.#vacancy.onFailure(reject);
      port.onmessage = ({ data }: MessageEvent<HostWord>) => {
        switch (data.kind) {
          case 'here':
            late.cancel();
            if (data.build !== build) return reject(new Error('the worker is of another build'));
            this.#death = whenGone(data.lock, () => this.#died(reject));
            return;
          case 'begin':
            return resolve();
          case 'refused':
            return reject(new Error(data.failure.text));
          case 'ask':
            return void this.#answer(data.id, data.reason);
          case 'happened':
            return this.#client?.heard(data);
          case 'gone':
            return this.#gone();
        }
      };
      this.#say(this.#hello(key, lock));
    });
  }

  #hello(key: string, lock: string): Hello {
    const { url, renewable, minReconnectDelay, maxReconnectDelay, reconnectJitter, maxReconnectAttempts, requestTimeout, agent } =
      this.#owner.options;
    const delays = { minReconnectDelay, maxReconnectDelay, reconnectJitter, maxReconnectAttempts };
    return { build, key, lock, wasm: this.#tools.wasmURLs(), url, renewable, ...delays, requestTimeout, agent };
  }

  #say(word: Hello | GuestWord): void {
    this.#vacancy.port.postMessage(word);
  }

  /** The worker wants to know who the user is. */
  async #answer(id: number, reason: CredentialsQuery['reason']): Promise<void> {
    try {
      const credentials = await this.#login.answer({ reason, signal: AbortSignal.timeout(patience) });
      this.#say({ kind: 'answer', id, credentials });
    } catch (thrown) {
      const { code, message: text } = this.#tools.ZmqError.from(thrown);
      this.#say({ kind: 'answer', id, failure: { code, text } });
    }
  }

  /** The page is left, and will not come back: a worker need not wait for the lock to tell. */
  readonly #hidden = ({ persisted }: PageTransitionEvent): void => {
    if (!persisted) this.#say({ kind: 'bye' });
  };

  readonly #looked = (): void => {
    if (document.visibilityState === 'visible') this.#say({ kind: 'awake' });
  };

  #died(reject: (why: Error) => void): void {
    reject(new Error('the worker died'));
    this.#vacancy.abandon();
    this.#client?.engine.died();
    this.#gone();
  }

  /** The context has closed. The worker goes on until what was sent has left. */
  #leave(): void {
    after(patience, () => this.#gone());
  }

  #gone(): void {
    removeEventListener('pagehide', this.#hidden);
    globalThis.document?.removeEventListener('visibilitychange', this.#looked);
    this.#death?.cancel();
    this.#presence?.end();
    if (this.#presence !== undefined) this.#vacancy?.left();
    this.#presence = undefined;
  }
}
