// The room "host" is the inside of a worker that holds the connections of pages. A Host is the worker, a Household one
// connection, a Tenant the context of one page, and a TenantSocket one of its sockets. It imports guest, for what goes over
// the ports, and link and what is below it, and of the room "socket" what sends and takes leave. Only worker.ts imports it.
import { build } from 'go:wasm_exec';
import { setHome } from '../engine/source.js';
import { ZmqError } from '../errors.js';
import { Presence, whenGone } from '../guest/presence.js';
import type { Hello, HostWord } from '../guest/terms.js';
import { Household } from './household.js';

/** Everything that a worker has. */
export class Host {
  readonly #households = new Map<string, Household>();
  readonly #presence = Presence.begin();

  /** A page wants to have a context here, and speaks on this port. */
  accept(port: MessagePort): void {
    port.onmessage = ({ data }: MessageEvent<Hello>) => void this.#welcome(port, data);
  }

  async #welcome(port: MessagePort, hello: Hello): Promise<void> {
    const say = (word: HostWord): void => port.postMessage(word);
    try {
      say({ kind: 'here', build, lock: (await this.#presence).name });
      if (hello.build === build) this.#take(port, hello);
    } catch (thrown) {
      const { code, message: text } = ZmqError.from(thrown);
      say({ kind: 'refused', failure: { code, text } });
    }
  }

  #take(port: MessagePort, hello: Hello): void {
    const { key, wasm, lock } = hello;
    let household = this.#households.get(key);
    if (household === undefined) {
      setHome({ script: undefined, places: [...wasm, new URL('zmq.wasm', import.meta.url)].map((place) => () => place) });
      const made: Household = new Household(hello, () => this.#forget(key, made));
      household = made;
      this.#households.set(key, made);
    }
    const tenant = household.add(port);
    whenGone(lock, () => tenant.leave());
  }

  #forget(key: string, household: Household): void {
    if (this.#households.get(key) === household) this.#households.delete(key);
  }
}
