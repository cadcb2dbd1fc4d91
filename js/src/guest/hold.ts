import { build } from 'go:wasm_exec';
import type { CredentialsQuery } from '../connection/login.js';
import type { ErrorCode } from '../errors.js';
import { after } from '../language/timer.js';
import type { Held, Tools, WorkerOwner, WorkerWish } from '../link/worker.js';
import { GuestClient } from './client.js';
import { Presence, whenGone } from './presence.js';
import type { Failure, GuestWord, Hello, HostWord } from './terms.js';
import { type Vacancy, ownWorker, sharedWorker } from './vacancy.js';

/** How long a worker may take to say that it is there, and how long to do the last things for a context, in milliseconds. */
const patience = 10_000;

/** Has a worker hold a context: one for all tabs if that is wished for, else one of this page. */
export async function hold(wish: WorkerWish, owner: WorkerOwner, tools: Tools): Promise<Held> {
  const failures: string[] = [];
  const login = new FirstLogin(owner);
  if (wish.shared) {
    try {
      const key = await keyOf(wish, owner, login);
      const client = await new Lodging(() => sharedWorker(wish.shared!), owner, tools, login).move(key);
      return { client, location: { where: 'shared' } };
    } catch (thrown) {
      failures.push(tools.textOf(thrown));
    }
  }
  if (wish.worker) {
    try {
      const client = await new Lodging(() => ownWorker(wish.worker!), owner, tools, login).move(crypto.randomUUID());
      return { client, location: { where: 'worker', ...fallback(failures) } };
    } catch (thrown) {
      failures.push(tools.textOf(thrown));
    }
  }
  return { location: { where: 'page', ...fallback(failures) } };
}

function fallback(failures: readonly string[]): { fallback?: string } {
  return failures.length === 0 ? {} : { fallback: failures.join('; ') };
}

/** The credentials that a page was asked for before the worker asks. They are an answer to the first question of the worker. */
class FirstLogin {
  readonly #owner: WorkerOwner;
  #known: { readonly value: unknown } | undefined;

  constructor(owner: WorkerOwner) {
    this.#owner = owner;
  }

  /** Asks the page. */
  async ask(): Promise<unknown> {
    const value = await this.#owner.options.credentials({ reason: 'connect', signal: AbortSignal.timeout(patience) });
    this.#known = { value };
    return value;
  }

  async answer(query: CredentialsQuery): Promise<unknown> {
    const known = this.#known;
    this.#known = undefined;
    return known !== undefined && query.reason === 'connect' ? known.value : this.#owner.options.credentials(query);
  }
}

/**
 * What contexts that share a connection have in common: the bridge, and the user. Without an option that says who the user is,
 * it is whoever has the same credentials. Where these cannot be had, nobody has the same.
 */
async function keyOf({ user }: WorkerWish, { options }: WorkerOwner, login: FirstLogin): Promise<string> {
  if (user !== undefined) return JSON.stringify([options.url, 'user', user]);
  try {
    return JSON.stringify([options.url, 'credentials', (await login.ask()) ?? null]);
  } catch {
    return crypto.randomUUID();
  }
}

/** A context in a worker, from the question whether there is room to the end. */
class Lodging {
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
    return { build, key, lock, wasm: this.#tools.wasmURL(), url, renewable, ...delays, requestTimeout, agent };
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
      this.#say({ kind: 'answer', id, failure: failureOf(this.#tools.ZmqError.from(thrown)) });
    }
  }

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
    this.#death?.cancel();
    this.#presence?.end();
    if (this.#presence !== undefined) this.#vacancy?.left();
    this.#presence = undefined;
  }
}

function failureOf({ code, message }: { code: ErrorCode; message: string }): Failure {
  return { code, text: message };
}
