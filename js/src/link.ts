import { after } from './abort.js';
import { Alarm } from './alarm.js';
import { Backoff } from './backoff.js';
import { EventKind } from './engine/abi.js';
import type { Client, Closing } from './engine/client.js';
import type { EngineEvent, EventSink } from './engine/plan.js';
import { sharedEngine } from './engine/shared.js';
import { type ErrorCode, ZmqError } from './errors.js';
import type { Frame } from './frame.js';
import { Deferred } from './outcome.js';
import { report } from './report.js';
import { CloseCode, Wire, type WireOwner } from './wire.js';

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
  message(parts: Frame[]): void;
  happened(event: EngineEvent): void;
  /** Whether answers are outstanding. */
  busy(): boolean;
  /** The connection was lost, and will be made again. */
  interrupted(): void;
  /** Nothing will ever happen again. */
  ended(why: ZmqError): void;
}

/** Something to do with the engine. What run throws goes to fail. */
export interface Operation {
  run(client: Client): void;
  fail(why: ZmqError): void;
}

/** Operations that wait for the engine, and bytes that wait in the WebSocket, before it is called busy. */
const maxWaiting = 10_000;
const maxBuffered = 16 << 20;

/** One Context's engine and its WebSocket, which it makes again whenever it is lost. */
export class Link implements WireOwner, EventSink {
  readonly options: LinkOptions;
  readonly #peers = new Set<Peer>();
  readonly #byNumber = new Map<number, Peer>();
  readonly #backoff: Backoff;
  readonly #alarm = new Alarm(() => this.#use((client) => client.tick(performance.now())));
  #client: Client | undefined;
  #waiting: Operation[] = []; // for the client
  #last: ((client: Client) => void)[] = []; // before the next writing
  #wire: Wire | undefined;
  #open = false; // the wire is
  #credentials: string | undefined;
  #status: Status = { state: 'connecting' };
  #connected = new Deferred<void>();
  #retry: { cancel(): void } | undefined;
  #leaving: { cancel(): void } | undefined;
  #scheduled = false;
  #ended: ZmqError | undefined;

  constructor(options: LinkOptions) {
    this.options = options;
    this.#backoff = new Backoff(options.minReconnectDelay, options.maxReconnectDelay);
    globalThis.addEventListener?.('online', this.#online);
    this.#load().catch((thrown: unknown) => this.end(ZmqError.from(thrown)));
    void this.#dial(); // meanwhile
  }

  get status(): Status {
    return this.#status;
  }

  /** The engine, while there is one. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Fulfilled while the bridge is connected. */
  get ready(): Promise<void> {
    return this.#ended === undefined ? this.#connected.promise : Promise.reject(this.#ended);
  }

  async #load(): Promise<void> {
    const engine = await sharedEngine();
    if (this.#ended !== undefined) return;
    engine.onDeath(this.#died);
    this.#client = engine.newClient(this.options.requestTimeout, this.options.agent);
    for (const operation of this.#waiting.splice(0)) this.run(operation);
    this.#greet();
  }

  // Sockets.

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

  /** Runs an operation: now, or in its turn when the engine is there. */
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
    this.#schedule();
  }

  /** Runs fn once, when everything else that the code that runs now has to send is there. */
  beforeWriting(fn: (client: Client) => void): void {
    this.#last.push(fn);
    this.#schedule();
  }

  /** Throws when so much waits to be written that more would only pile up. */
  admit(client: Client): void {
    if (this.#wire !== undefined && this.#wire.bufferedAmount + client.queued() > maxBuffered) {
      throw new ZmqError('busy', 'the connection to the bridge is slower than what is sent on it');
    }
  }

  // The connection.

  async #dial(): Promise<void> {
    await undefined; // nothing happens before who made this can listen
    try {
      const credentials = await this.options.credentials();
      this.#credentials = credentials === undefined ? undefined : JSON.stringify(credentials);
    } catch (thrown) {
      return this.#again('unauthenticated', `no credentials: ${ZmqError.from(thrown).message}`);
    }
    if (this.#ended !== undefined) return;
    try {
      this.#wire = new Wire(this.options.url, this.options.WebSocket, this);
    } catch (thrown) {
      this.end(ZmqError.from(thrown, 'invalid'));
    }
  }

  /** Dials again after a while. */
  #again(code: ErrorCode, reason: string): void {
    if (this.#ended !== undefined) return;
    this.#retry = after(this.#backoff.next(), () => this.#redial());
    this.#say({ state: 'reconnecting', code, reason });
  }

  #redial(): void {
    this.#retry = undefined;
    void this.#dial();
  }

  readonly #online = (): void => {
    if (this.#retry === undefined) return;
    this.#retry.cancel();
    this.#redial();
  };

  opened(): void {
    this.#open = true;
    this.#greet();
  }

  /** Says Hello once both the WebSocket and the engine are there. */
  #greet(): void {
    if (!this.#open) return;
    this.#use((client) => {
      client.setCredentials(this.#credentials);
      client.start(performance.now());
    });
  }

  received(data: ArrayBuffer): void {
    this.#use((client) => client.feed(data, performance.now()));
  }

  closed(code: number, reason: string, remote: boolean): void {
    if (this.#ended !== undefined) return;
    const was = this.#status.state;
    this.#wire = undefined;
    this.#open = false;
    this.#leaving?.cancel();
    this.#use((client) => {
      const why = client.closed(code, reason, remote);
      client.tell(this);
      if (why !== undefined) this.end(why);
    });
    if (was === 'connected' || was === 'draining') this.#connected = new Deferred();
    this.#again('lost', reason || `the connection to the bridge was lost (${code})`);
  }

  /** Uses the engine, then deals with what that made happen. A Closing is how the engine wants the WebSocket ended. */
  #use(use: (client: Client) => Closing | undefined | void): void {
    const client = this.#client;
    if (client === undefined || this.#ended !== undefined) return;
    try {
      const closing = use(client);
      client.tell(this);
      if (closing) this.#wire?.close(closing.code, closing.reason);
      this.#schedule();
    } catch (thrown) {
      this.end(ZmqError.from(thrown));
    }
  }

  // What happens.

  message(socket: number, parts: Frame[]): void {
    try {
      this.#byNumber.get(socket)?.message(parts);
    } catch (thrown) {
      report(thrown);
    }
  }

  happened(event: EngineEvent): void {
    try {
      if (event.socket !== 0) this.#byNumber.get(event.socket)?.happened(event);
      else this.#changed(event);
    } catch (thrown) {
      report(thrown);
    }
  }

  #changed(event: EngineEvent): void {
    if (event.kind === EventKind.Reset) {
      for (const peer of [...this.#peers]) peer.interrupted();
    } else if (event.kind === EventKind.Ready || event.kind === EventKind.Resumed) {
      this.#backoff.reset();
      this.#say({ state: 'connected' });
      this.#connected.resolve();
    } else if (event.kind === EventKind.Draining) {
      this.#say({ state: 'draining', reason: event.text });
      this.#leave(event.count);
    }
  }

  /** Leaves within so many milliseconds, at a moment of its own and when no answer is outstanding, and connects again. */
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

  // Writing.

  /** Writes when the code that runs now is done: all that it sends is one WebSocket message. */
  #schedule(): void {
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
      for (const fn of this.#last.splice(0)) fn(client);
      client.tell(this);
      const now = performance.now();
      for (let batch = client.take(now); batch !== undefined; batch = client.take(now)) this.#wire?.send(batch);
      this.#alarm.within(client.next(now));
    } catch (thrown) {
      this.end(ZmqError.from(thrown));
    }
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
    for (const timer of [this.#alarm, this.#retry, this.#leaving]) timer?.cancel();
    this.#wire?.close(CloseCode.Normal, why.code === 'closed' ? '' : why.message);
    this.#free();
    for (const operation of this.#waiting.splice(0)) operation.fail(why);
    for (const peer of [...this.#peers]) peer.ended(why);
    this.#connected.promise.catch(() => {}); // there may be nobody
    this.#connected.reject(why);
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
