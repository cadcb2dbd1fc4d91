// The room "link" is the way from one context to the bridge. It joins the connection and the client in the engine: it drives
// the client with what arrives and with the time, and it hands a session from one page to the next. Of a socket it knows no
// more than the interface Peer. It imports connection, engine, message, language and errors.ts. The rooms "attachment",
// "reception" and "socket" and context.ts import it.
import { Connection, type ConnectionOptions, type ConnectionOwner } from '../connection/connection.js';
import { EventKind } from '../engine/abi.js';
import { type Client, EngineClient } from '../engine/client.js';
import type { EngineEvent } from '../engine/event.js';
import { releaseEngine, sharedEngine } from '../engine/shared.js';
import { OK, ZmqError, codeName } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import { type Timer, after } from '../language/timer.js';
import type { WaitOptions } from '../language/wait.js';
import { Driver, type Output } from './driver.js';
import { type Operation, WaitingOperations, attempt } from './operation.js';
import type { Orphan } from './orphan.js';
import { type Peer, Peers } from './peers.js';
import { Readiness } from './readiness.js';
import { RoundTrip } from './roundtrip.js';
import type { Asked } from './snapshot.js';
import type { SnapshotStore } from './snapshotstore.js';
import { Counters, type Stats } from './stats.js';
import type { Reset, Status } from './status.js';
import { Succession } from './succession.js';
import { type WorkerOwner, type WorkerWish, hold } from './worker.js';
import { type Hidden, watchVisibility } from './visibility.js';

interface LinkOptions extends ConnectionOptions {
  /** How long requests and the like wait unless they say otherwise, in milliseconds. */
  readonly requestTimeout: number;
  /** What SUBs do while nobody sees the page, unless they say otherwise. */
  readonly hidden: Hidden;
  /** The name that the bridge logs for this client. */
  readonly agent: string;
  /** Told of every change of the status. */
  readonly status: (status: Status) => void;
  /** Told when a session could not be resumed. */
  readonly reset: (reset: Reset) => void;
  /** Where the page that was loaded before left its session, and where this page leaves it for the next one. */
  readonly store: SnapshotStore | undefined;
  /** Set where a worker shall have the engine and the connection. */
  readonly wish?: WorkerWish | undefined;
}

/** How much longer than it lingers a context waits for the bridge's last word, in milliseconds. */
const lingerGrace = 1000;

/** How many bytes may wait to be written before more are refused with code "busy". */
const maxBuffered = 16 << 20;

/**
 * Joins the three things that a context consists of: its sockets, its client in the engine, and its connection. Sockets
 * call the client through it. What the connection receives goes to the client, what the client says happened goes to the
 * sockets, and what the client has to send goes to the connection.
 */
export class Link implements ConnectionOwner, WorkerOwner {
  readonly options: LinkOptions;
  readonly #peers = new Peers((event) => this.#changed(event));
  /** Undefined where a worker has it. */
  #connection: Connection | undefined;
  readonly #readiness: Readiness;
  readonly #succession: Succession | undefined;
  readonly #roundTrip = new RoundTrip();
  readonly #visibility = watchVisibility((hidden) => this.hide(hidden));
  /** What was counted that happens here, or to a socket. */
  readonly counters = new Counters();
  /** Undefined until zmq.wasm has been loaded, and after the end. */
  #driver: Driver | undefined;
  readonly #waiting = new WaitingOperations();
  /** Greets the bridge. Set while there is a WebSocket; if that is open before the client is there, it has to wait. */
  #greeting: (() => void) | undefined;
  /** Whether the bridge has ever welcomed this client. */
  reached = false;
  #ended: ZmqError | undefined;
  /** How many messages were sent, once there is no client any more. */
  #sent = 0;
  /** Set once the page has closed the context: the number of messages that were not passed on. */
  #farewell: Deferred<number> | undefined;
  #unpassed = 0;
  #lingering: Timer | undefined;

  constructor(options: LinkOptions) {
    this.options = options;
    this.#readiness = new Readiness(options.status);
    this.#succession = options.store && new Succession(options.store, this.#peers);
    if (options.wish === undefined) this.#begin();
    else void this.#seek(options.wish);
  }

  /** Has a worker do the rest, if there can be one. */
  async #seek(wish: WorkerWish): Promise<void> {
    const { client, location } = await hold(wish, this);
    if (this.#ended !== undefined) return client?.free();
    this.#readiness.located(location);
    if (client === undefined) this.#begin();
    else this.#drive(client);
  }

  #begin(): void {
    this.#load().catch((thrown: unknown) => this.end(ZmqError.from(thrown)));
    this.#connection = new Connection(this.options, this); // while zmq.wasm is being loaded
  }

  async #load(): Promise<void> {
    const engine = await sharedEngine(this.options.url);
    if (this.#ended !== undefined) return;
    this.#drive(new EngineClient(engine, this.options.requestTimeout, this.options.agent));
  }

  #drive(client: Client): void {
    const driver = new Driver(client, this.#peers, this.#output(), (why) => this.end(why));
    this.#driver = driver;
    this.#succession?.begin(client, () => driver.use(() => this.#succession?.abandon(client)));
    for (const operation of this.#waiting.take()) this.run(operation);
    this.#greeting?.();
  }

  #output(): Output {
    return {
      send: (batch) => {
        this.counters.bytesSent += batch.length;
        this.#connection?.send(batch);
      },
      close: (code, reason) => this.#connection?.close(code, reason),
      progressed: () => {
        this.#connection?.progressed();
        this.#depart();
      },
    };
  }

  get status(): Status {
    return this.#readiness.status;
  }

  /** The client in the engine, from when that was loaded until the end. */
  get client(): Client | undefined {
    return this.#driver?.client;
  }

  /** Says whether the connection keeps Node running. */
  keep(running: boolean): void {
    this.#connection?.keep(running);
  }

  get stats(): Stats {
    const { connections, ...counted } = this.counters;
    const { client } = this;
    const [received, sent] = [this.#peers.received, client?.sent ?? this.#sent];
    return { received, sent, ...counted, reconnects: Math.max(0, connections - 1), rtt: client?.rtt };
  }

  /** Asks the bridge for a sign of life. Fulfilled when it has answered, with how many milliseconds it took. */
  get rtt(): Promise<number> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const { answer } = this.#roundTrip;
    this.doubted();
    return answer;
  }

  /** Fulfilled while the bridge is connected, and rejected once it will not be any more. */
  get ready(): Promise<void> {
    const { refusal } = this;
    return refusal === undefined ? this.#readiness.promise : Promise.reject(refusal);
  }

  /** Fulfilled when the bridge is connected, even for a context that takes its leave, and rejected at the end. */
  get welcome(): Promise<void> {
    return this.#readiness.promise;
  }

  /** Fulfilled at the end: with the reason, unless the page wanted it. */
  get ended(): Promise<ZmqError | undefined> {
    return this.#readiness.over;
  }

  /** Why no socket can be made any more, once that is so. */
  get refusal(): ZmqError | undefined {
    return this.#ended ?? (this.#farewell && closed());
  }

  /** Adds to an error that says that nothing was sent why there is no connection. */
  explain(why: ZmqError): ZmqError {
    const { state, reason } = this.status;
    const waits = state === 'connecting' || state === 'reconnecting';
    if (why.remote || why.code !== 'unavailable' || !waits || reason === undefined) return why;
    return new ZmqError('unavailable', `${why.message}: ${reason}`);
  }

  // The sockets.

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  /** Says what number the engine knows a peer by. */
  number(peer: Peer, socket: number): void {
    this.#peers.number(peer, socket);
  }

  remove(peer: Peer, socket: number): void {
    this.#peers.remove(peer, socket);
  }

  /** Nobody sees the page any more, or somebody does again. */
  hide(hidden: boolean): void {
    this.#peers.hide(hidden);
  }

  /** Finds a socket of the page before that a socket of this page, which is like it, can take the place of. */
  adopt(type: number, identity: string, asked: Asked): Orphan | undefined {
    return this.#succession?.adopt(type, identity, asked);
  }

  /** Runs an operation: at once if the engine is there, and otherwise as soon as it is. */
  run(operation: Operation): void {
    if (this.#ended !== undefined) return operation.fail(this.#ended);
    if (this.#driver === undefined) return this.#waiting.add(operation);
    attempt(operation, this.#driver.client);
    this.#driver?.schedule(); // unless the operation ended the context
  }

  /** Calls fn once, before the next writing, whatever that is for. */
  beforeWriting(fn: (client: Client) => void): void {
    this.#driver?.beforeWriting(fn);
  }

  /** Writes what there is to write, after the code that is running now. */
  write(): void {
    this.#driver?.schedule();
  }

  /** Throws when so much waits to be written that more would only pile up. */
  admit(client: Client): void {
    if ((this.#connection?.bufferedAmount ?? 0) + client.queued() > maxBuffered) {
      throw new ZmqError('busy', 'the connection to the bridge is slower than what is sent on it');
    }
  }

  // The connection, which calls these as its owner.

  opened(credentials: string | undefined): void {
    this.#greeting = () =>
      this.#driver?.use((client) => {
        client.setCredentials(credentials);
        client.start(performance.now());
      });
    this.#greeting();
  }

  renewed(credentials: string | undefined): void {
    this.#driver?.use((client) => client.setCredentials(credentials));
  }

  received(data: ArrayBuffer): void {
    this.counters.bytesReceived += data.byteLength;
    this.#driver?.receive(data);
    if (this.#roundTrip.waits && this.client !== undefined) this.#roundTrip.look(this.client);
  }

  closed(code: number, reason: string, remote: boolean): ZmqError {
    this.#greeting = undefined;
    let why = new ZmqError('lost', reason || `the connection to the bridge was lost (${code})`, { remote });
    this.#driver?.use((client) => {
      const end = client.closed(code, reason, remote);
      client.tell(this.#peers);
      why = end.why;
      if (!end.retry) this.end(why);
    });
    return why;
  }

  waits(why: ZmqError): void {
    this.#readiness.waits(why);
  }

  failed(why: ZmqError): void {
    this.end(why);
  }

  doubted(): void {
    this.#driver?.use((client) => client.probe(performance.now()));
  }

  left(): boolean {
    if (this.#succession !== undefined) this.hide(false); // the next page goes on with what it sees there
    this.#driver?.flush();
    this.#driver?.rest();
    return this.#succession?.leave(this.client) ?? false;
  }

  returned(): void {
    this.#succession?.stay();
  }

  /** Something has happened to the connection or the session. */
  #changed(event: EngineEvent): void {
    switch (event.kind) {
      case EventKind.Ready:
        return this.#welcomed({ state: 'connected' });
      case EventKind.Resumed:
        return this.#welcomed({ state: 'connected', resumed: true });
      case EventKind.Reset:
        this.#peers.interrupted();
        return this.options.reset({ code: codeName(event.code), reason: event.text });
      case EventKind.TurnedAway:
        return this.#connection?.turnedAway(event.count, event.text || 'the bridge takes nobody for the time being');
      case EventKind.Expiring:
        return this.#connection?.expiring(event.code !== OK);
      case EventKind.Draining:
        this.#connection?.leave(event.count, () => this.client?.idle ?? true);
        return this.#readiness.draining(event.text || 'the bridge asks to leave');
    }
  }

  #welcomed(status: Status): void {
    this.reached = true;
    this.counters.connections++;
    if (this.#roundTrip.waits) queueMicrotask(() => this.doubted()); // the question was lost with the connection before
    this.#connection?.welcomed();
    this.#readiness.welcomed(status);
  }

  // The end.

  /**
   * Ends everything because the page asked for it. What was sent before has so many milliseconds to leave; asked says that
   * the page has chosen them. When nothing waits, everything ends at once. Fulfilled at the end, with the number of messages
   * that were not passed on.
   */
  close(linger: number, asked: boolean): Promise<number> {
    if (this.#farewell !== undefined) return this.#farewell.promise;
    if (this.#ended !== undefined) return Promise.resolve(0);
    this.#farewell = new Deferred();
    const unknown = (): void => {}; // a context tells as much as is known
    for (const left of this.#peers.leave(linger, asked)) left.then((count) => (this.#unpassed += count), unknown);
    this.#lingering = after(linger + lingerGrace, () => this.end(closed()));
    this.#driver?.flush();
    this.#depart();
    return this.#farewell.promise;
  }

  /**
   * Lets every socket do what it had begun, and ends everything then. Rejects with the first error of a socket, when everything
   * has ended.
   */
  async drain(options: WaitOptions, linger: number): Promise<number> {
    const drained = await Promise.allSettled(this.#peers.drain(options));
    const rest = await this.close(linger, false);
    let unpassed = rest;
    for (const it of drained) {
      if (it.status === 'rejected') throw it.reason;
      unpassed += it.value;
    }
    return unpassed;
  }

  /** Ends everything if the page has closed the context and nothing waits any more. */
  #depart(): void {
    if (this.#farewell === undefined || this.#peers.wait || (this.client?.lingers ?? false)) return;
    this.end(closed());
  }

  /** Ends everything for good. */
  end(why: ZmqError): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    if (this.#connection !== undefined) releaseEngine();
    this.#succession?.cancel();
    this.#visibility.cancel();
    this.#connection?.end(why.code === 'closed' ? '' : why.message);
    this.#roundTrip.ended(why);
    this.#sent = this.client?.sent ?? 0;
    this.#driver?.end();
    this.#driver = undefined;
    for (const operation of this.#waiting.take()) operation.fail(why);
    this.#peers.ended(why);
    this.#readiness.ended(why);
    this.#lingering?.cancel();
    void Promise.resolve().then(() => this.#farewell?.resolve(this.#unpassed)); // when the sockets have said theirs
  }
}

function closed(): ZmqError {
  return new ZmqError('closed', 'the context was closed');
}
