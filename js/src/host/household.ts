import type { CredentialsQuery } from '../connection/login.js';
import { ZmqError } from '../errors.js';
import type { Hello } from '../guest/terms.js';
import { Link } from '../link/link.js';
import type { Status } from '../link/status.js';
import { Tenant } from './tenant.js';

/** One connection, and the contexts of pages that share it. */
export class Household {
  readonly #link: Link;
  readonly #tenants = new Set<Tenant>();
  readonly #empty: () => void;
  #closed: Promise<unknown> | undefined;

  /** It is as the first page wants it. empty is called when no page has it any more. */
  constructor(hello: Hello, empty: () => void) {
    this.#empty = empty;
    this.#link = new Link({
      ...hello,
      WebSocket,
      credentials: (query) => this.#ask(query),
      status: (status) => this.#changed(status),
      reset: (reset) => this.#tenants.forEach((tenant) => tenant.reset(reset)),
      store: undefined,
      hidden: 'keep', // the pages pause their own sockets
    });
  }

  /** Takes in the context of a page that speaks on this port. */
  add(port: MessagePort): Tenant {
    const tenant: Tenant = new Tenant(port, this.#link, () => void this.#left(tenant));
    this.#tenants.add(tenant);
    return tenant;
  }

  #changed(status: Status): void {
    if (status.state === 'closed') this.#empty(); // whoever comes next has another one
    for (const tenant of this.#tenants) tenant.status(status);
  }

  async #left(tenant: Tenant): Promise<void> {
    this.#tenants.delete(tenant);
    if (this.#tenants.size === 0) {
      this.#empty();
      this.#closed ??= this.#link.close(0, false);
      await this.#closed;
    }
    tenant.gone();
  }

  /** Asks the pages who the user is, one after the other: one that is frozen does not answer. */
  async #ask({ reason, signal }: CredentialsQuery): Promise<unknown> {
    for (const tenant of [...this.#tenants].reverse()) {
      try {
        return await tenant.ask(reason, signal);
      } catch (thrown) {
        if (ZmqError.from(thrown).code !== 'timeout') throw thrown;
      }
    }
    throw new ZmqError('unauthenticated', 'no page says who the user is');
  }
}
