// A SharedWorker for Node: worker.mjs, as browsers load it, with a MessageChannel between each page and it. Its WebSockets lead to a
// fake bridge.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { define } from './browser.mjs';
import { sleep } from './page.mjs';

const dist = new URL('../../dist/', import.meta.url);

/** The Web Locks of an origin: whoever asks for one that somebody has is granted it when that one lets go. */
class Locks {
  #held = new Map();

  async request(name, options, granted = options) {
    const before = this.#held.get(name) ?? Promise.resolve();
    const abort = new Promise((_, reject) => options.signal?.addEventListener('abort', () => reject(options.signal.reason)));
    const turn = Promise.race([before, abort]).then(() => granted({ name }));
    this.#held.set(name, turn.catch(() => {}));
    return turn;
  }
}

/**
 * Has the globals of a page of a secure origin, and a worker, until the test has ended. open(url, options) makes a Context in a tab;
 * port(hello) is a page that speaks for itself, and says this first. It lives until the test has ended, or as long as its lock.
 */
export async function sharedWorker(t, bridge) {
  const running = setInterval(() => {}, 1000); // a timer of the client keeps no Node running
  const ports = [];
  const ends = [];
  t.after(async () => {
    await Promise.all(ends.map((end) => end()));
    await sleep(50); // until the worker has heard of it
    for (const port of ports) port.close();
    clearInterval(running);
  });
  const script = new URL(`worker.mjs?${randomUUID()}`, dist).href; // a worker of its own for each test
  const locks = new Locks();
  const { fetch } = globalThis;
  const file = async (url) => new Response(await readFile(new URL(url)), { headers: { 'content-type': 'application/wasm' } });
  define(t, {
    navigator: { locks, onLine: true },
    location: new URL(script),
    fetch: (url, options) => (String(url).startsWith('file:') ? file(url) : fetch(url, options)),
    WebSocket: bridge.WebSocket,
    addEventListener() {},
    removeEventListener() {},
    onconnect: null,
  });
  await import(script);
  const accept = globalThis.onconnect;
  const connect = () => {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    accept({ ports: [port2] });
    return port1;
  };
  define(t, {
    SharedWorker: class {
      port = connect();
      addEventListener() {}
    },
  });
  const zmq = await import(new URL('zmq.mjs', dist));
  const open = (url, options) => {
    const context = new zmq.Context(url, { shared: true, minReconnectDelay: 1, maxReconnectDelay: 5, ...options });
    ends.push(() => context.close({ linger: 0 }));
    return context;
  };
  const port = (hello) => {
    const lock = hello.lock ?? randomUUID();
    if (hello.lock === undefined) locks.request(lock, () => new Promise((die) => ends.push(die)));
    return new RawPage(connect(), { ...hello, lock });
  };
  return { zmq, open, locks, port };
}

/** A page that hears what the worker says, is nobody in particular, and says besides what it is told to. */
class RawPage {
  words = [];
  #port;
  #heard = () => {};

  constructor(port, hello) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      this.words.push(data);
      if (data.kind === 'ask') this.say({ kind: 'answer', id: data.id });
      this.#heard();
    };
    this.say(hello);
  }

  say(word) {
    this.#port.postMessage(word);
  }

  of(kind) {
    return this.words.filter((word) => word.kind === kind);
  }

  /** Waits until so many words of a kind were said, and returns the last of them. */
  async want(kind, count = 1) {
    while (this.of(kind).length < count) await new Promise((resolve) => (this.#heard = resolve));
    return this.of(kind)[count - 1];
  }

  /** The kinds and texts of the events in the words of what happened, as of one of them; messages do not count. */
  static events({ words, text }) {
    const events = [];
    for (let at = 0; at < words.length; at += 8 + 2 * words[at + 7]) {
      const [from, size] = [words[at + 5], words[at + 6]];
      events.push([words[at] & 0xff, Buffer.from(text.subarray(from, from + size)).toString()]);
    }
    return events;
  }

  get happened() {
    return this.of('happened').flatMap(RawPage.events);
  }
}
