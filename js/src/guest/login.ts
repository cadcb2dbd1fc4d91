import type { CredentialsQuery } from '../connection/login.js';
import type { WorkerOwner, WorkerWish } from '../link/worker.js';

/** How long a page may take to say who the user is before it is decided whose connection it has, in milliseconds. */
const patience = 10_000;

/** The credentials that a page was asked for before the worker asks. They are an answer to the first question of the worker. */
export class FirstLogin {
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
export async function keyOf({ user }: WorkerWish, { options }: WorkerOwner, login: FirstLogin): Promise<string> {
  if (user !== undefined) return JSON.stringify([options.url, 'user', user]);
  try {
    return JSON.stringify([options.url, 'credentials', (await login.ask()) ?? null]);
  } catch {
    return crypto.randomUUID();
  }
}
