import { after } from './abort.js';
import { Backoff } from './backoff.js';
import { EventKind } from './engine/abi.js';
import type { Client } from './engine/client.js';
import type { EngineEvent } from './engine/plan.js';
import { sharedEngine } from './engine/shared.js';
import { ZmqError, type ErrorCode } from './errors.js';
import { Deferred } from './outcome.js';
import { report } from './report.js';
import { CloseCode, Wire } from './wire.js';

export type ContextState = 'connecting' | 'connected' | 'reconnecting' | 'draining' | 'closed';

/** Where a Context stands with its bridge, and why. */
export interface Status {
  readonly state: ContextState;
  readonly code?: ErrorCode;
  readonly reason?: string;
}

export interface LinkOptions {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  /** What to present to the bridge, asked before each connection. */
  readonly credentials: () => unknown;
  readonly minReconnectDelay: number;
  readonly maxReconnectDelay: number;
  readonly requestTimeout: number;
  readonly agent: string;
  readonly status: (status: Status) => void;
}

/** A socket, as its link knows it. */
export interface Peer {
  /** Something happened to it. */
  happened(event: EngineEvent): void;
  /** Whether answers are outstanding. */
  busy(): boolean;
  /** The connection was lost, and will be made again. */
  interrupted(): void;
  /** Nothing will ever happen again. */
  ended(why: ZmqError): void;
}

interface Operation {
  run(client: Client): void;
  fail(why: ZmqError): void;
}

/** Operations that wait for the engine, and bytes that wait in the WebSocket, before it is called busy. */
const maxWaiting = 10_000;
const maxBuffered = 16 << 20;

/** How late a timer is when the page was frozen rather than merely busy. */
const frozen = 1000;

/** One Context's engine and its WebSocket, which it makes again whenever it is lost. */
export class Link {
  readonly options: LinkOptions;
  #client: Client | undefined;
  #wire: Wire | undefined;
  #ended: ZmqError | undefined;
  #waiting: Operation[] = [];
  readonly #peers = new Set<Peer>();
  readonly #byNumber = new Map<number, Peer>();
  readonly #backoff: Backoff;
  #status: Status = { state: 'connecting' };
  #ready = new Deferred<void>();
  #scheduled = false;
  #timer = after(Infinity, () => {});
  #due = Infinity;
  #retry: { cancel(): void } | undefined;
  #leaving: { cancel(): void } | undefined;

  constructor(options: LinkOptions) {
    this.options = options;
    this.#backoff = new Backoff(options.minReconnectDelay, options.maxReconnectDelay);
    this.#ready.promise.catch(() => {}); // whoever waits for it is told; nobody has to
    globalThis.addEventListener?.('online', this.#online);
    this.#load().catch((thrown: unknown) => this.end(ZmqError.from(thrown)));
  }

  async #load(): Promise<void> {
    const engine = await sharedEngine();
    if (this.#ended !== undefined) return;
    engine.onDeath(this.#died);
    this.#begin(engine.newClient(this.options.requestTimeout, this.options.agent));
  }

  get status(): Status {
    return this.#status;
  }

  /** Fulfilled while the bridge is connected. */
  get ready(): Promise<void> {
    return this.#ended === undefined ? this.#ready.promise : Promise.reject(this.#ended);
  }

  get ended(): ZmqError | undefined {
    return this.#ended;
  }

  get client(): Client | undefined {
    return this.#client;
  }

  // Operations of sockets.

  /** Runs an operation on the engine: now, or in its turn when the engine is there. What it throws fails it. */
  run(operation: Operation): void {
    if (this.#ended !== undefined) operation.fail(this.#ended);
    else if (this.#client !== undefined) this.#attempt(operation, this.#client);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(operation);
    else operation.fail(new ZmqError('busy', 'too many calls wait for zmq.wasm to load'));
  }

  #attempt(operation: Operation, client: Client): void {
    try {
      operation.run(client);
    } catch (thrown) {
      operation.fail(ZmqError.from(thrown));
    }
    this.schedule();
  }

  /** Throws when so much waits to be written that more would only pile up. */
  admit(client: Client): void {
    if (this.#wire !== undefined && this.#wire.bufferedAmount + client.queued() > maxBuffered) {
      throw new ZmqError('busy', 'the connection to the bridge is slower than what is sent on it');
    }
  }

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  /** Tells the number that the engine knows a peer by. */
  number(peer: Peer, socket: number): void {
    this.#byNumber.set(socket, peer);
  }

  remove(peer: Peer, socket: number): void {
    this.#peers.delete(peer);
    this.#byNumber.delete(socket);
  }

  // The connection.

  #begin(client: Client): void {
    this.#client = client;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const operation of waiting) this.run(operation);
    void this.#dial();
  }

  async #dial(): Promise<void> {
    let credentials: string | undefined;
    try {
      const given = await this.options.credentials();
      credentials = given === undefined ? undefined : JSON.stringify(given);
    } catch (thrown) {
      return this.#again('unauthenticated', `no credentials: ${ZmqError.from(thrown).message}`);
    }
    if (this.#ended !== undefined) return;
    try {
      this.#client?.setCredentials(credentials);
      this.#wire = new Wire(this.options.url, this.options.WebSocket, this);
    } catch (thrown) {
      this.end(ZmqError.from(thrown, 'invalid'));
    }
  }

  /** Connects again after a while. */
  #again(code: ErrorCode, reason: string): void {
    if (this.#ended !== undefined) return;
    this.#retry = after(this.#backoff.next(), () => {
      this.#retry = undefined;
      void this.#dial();
    });
    this.#say({ state: 'reconnecting', code, reason });
  }

  readonly #online = (): void => {
    if (this.#retry === undefined) return;
    this.#retry.cancel();
    this.#retry = undefined;
    void this.#dial();
  };

  /** @internal for Wire */
  opened(): void {
    this.#guard((client) => client.start(performance.now()));
  }

  /** @internal for Wire */
  message(data: ArrayBuffer): void {
    this.#guard((client) => {
      const closing = client.feed(data, performance.now());
      this.#dispatch(client);
      if (closing !== undefined) this.#wire?.close(closing.code, closing.reason);
    });
  }

  /** @internal for Wire */
  closed(code: number, reason: string, remote: boolean): void {
    this.#wire = undefined;
    this.#leaving?.cancel();
    this.#guard((client) => {
      const why = client.closed(code, reason, remote);
      for (const peer of [...this.#peers]) peer.interrupted();
      this.#dispatch(client);
      if (why !== undefined) return this.end(why);
      if (this.#status.state === 'connected' || this.#status.state === 'draining') this.#expect();
      this.#again('lost', reason || `the connection to the bridge was lost (${code})`);
    });
  }

  /** Waits for the next Ready. */
  #expect(): void {
    this.#ready = new Deferred();
    this.#ready.promise.catch(() => {});
  }

  /** Uses the engine, then writes what that made. */
  #guard(use: (client: Client) => void): void {
    if (this.#client === undefined || this.#ended !== undefined) return;
    try {
      use(this.#client);
    } catch (thrown) {
      return this.end(ZmqError.from(thrown));
    }
    this.schedule();
  }

  // What happens.

  #dispatch(client: Client): void {
    for (const event of client.drain()) {
      try {
        this.#happen(event);
      } catch (thrown) {
        report(thrown);
      }
    }
  }

  #happen(event: EngineEvent): void {
    switch (event.kind) {
      case EventKind.Ready:
        this.#backoff.reset();
        this.#say({ state: 'connected' });
        this.#ready.resolve();
        break;
      case EventKind.Draining:
        this.#say({ state: 'draining', reason: event.text });
        this.#leave(event.count);
        break;
      default:
        this.#byNumber.get(event.socket)?.happened(event);
    }
  }

  /** Leaves within so many milliseconds, at a moment of its own and when nothing is outstanding, and connects again. */
  #leave(within: number): void {
    const latest = performance.now() + 0.9 * within;
    const attempt = (): void => {
      const busy = [...this.#peers].some((peer) => peer.busy());
      if (busy && performance.now() < latest) this.#leaving = after(50, attempt);
      else this.#wire?.close(CloseCode.GoingAway, 'asked to leave');
    };
    this.#leaving = after((Math.random() * within) / 2, attempt);
  }

  #say(status: Status): void {
    this.#status = status;
    this.options.status(status);
  }

  // Writing, and the time.

  /** Writes what there is to write when the code that runs now is done: all it sends is one WebSocket message. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const client = this.#client;
    if (client === undefined || this.#ended !== undefined) return;
    try {
      this.#dispatch(client);
      const now = performance.now();
      for (let batch = client.take(now); batch !== undefined; batch = client.take(now)) this.#wire?.send(batch);
      this.#arm(now, client.next(now));
    } catch (thrown) {
      this.end(ZmqError.from(thrown));
    }
  }

  /** Sees to it that the engine is told the time no later than in delay. A timer that is early does no harm. */
  #arm(now: number, delay: number): void {
    const due = now + delay;
    if (due >= this.#due) return;
    this.#timer.cancel();
    this.#due = due;
    this.#timer = after(delay, () => this.#tick(due));
  }

  #tick(due: number): void {
    this.#due = Infinity;
    const now = performance.now();
    if (now - due > frozen) {
      // The page was frozen. What came meanwhile is yet to be handed over: it goes first, or all would seem silent.
      this.#due = now;
      this.#timer = after(0, () => this.#tick(now));
      return;
    }
    this.#guard((client) => {
      const closing = client.tick(now);
      this.#dispatch(client);
      if (closing !== undefined) this.#wire?.close(closing.code, closing.reason);
    });
  }

  // The end.

  readonly #died = (why: ZmqError): void => this.end(why);

  /** Ends everything because the page is done. What it sent before goes out. */
  close(): void {
    this.#flush();
    this.end(new ZmqError('closed', 'the context was closed'));
  }

  /** Ends everything for good. */
  end(why: ZmqError): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    globalThis.removeEventListener?.('online', this.#online);
    for (const timer of [this.#timer, this.#retry, this.#leaving]) timer?.cancel();
    this.#wire?.close(CloseCode.Normal, why.code === 'closed' ? '' : why.message);
    this.#wire = undefined;
    this.#free();
    for (const operation of this.#waiting.splice(0)) operation.fail(why);
    for (const peer of [...this.#peers]) peer.ended(why);
    this.#ready.reject(why);
    this.#say({ state: 'closed', code: why.code, reason: why.message });
  }

  #free(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    client.engine.forget(this.#died);
    if (client.engine.dead === undefined) client.free();
  }
}
