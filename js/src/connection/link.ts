import { Client, type Closing } from '../engine/client.js';
import { EventKind } from '../engine/abi.js';
import type { EngineEvent, EventSink } from '../engine/plan.js';
import { sharedEngine } from '../engine/shared.js';
import { ZmqError, codeName } from '../errors.js';
import { report } from '../language/report.js';
import type { Frame } from '../message/frame.js';
import { Alarm } from './alarm.js';
import { Connection, type ConnectionOptions, type ConnectionOwner } from './connection.js';
import { type Operation, WaitingOperations, attempt } from './operation.js';
import type { Asked, Orphan } from './orphan.js';
import { type Peer, Peers } from './peers.js';
import { Readiness } from './readiness.js';
import type { SnapshotStore } from './snapshot.js';
import type { Reset, Status } from './status.js';
import { Succession } from './succession.js';

export interface LinkOptions extends ConnectionOptions {
  readonly requestTimeout: number;
  readonly agent: string;
  readonly status: (status: Status) => void;
  readonly reset: (reset: Reset) => void;
  /** Where the page that was loaded before left its session, and where this page leaves it for the next one. */
  readonly store: SnapshotStore | undefined;
}

/** How many bytes may wait to be written before more are refused with code "busy". */
const maxBuffered = 16 << 20;

/**
 * Joins the three things that a Context consists of: its sockets, its client in the engine, and its connection. Sockets
 * call the client through it; what the connection receives, it feeds to the client; what the client says happened, it
 * tells the sockets; and what the client has to send, it writes to the connection.
 */
export class Link implements ConnectionOwner, EventSink {
  readonly options: LinkOptions;
  readonly #peers = new Peers();
  readonly #connection: Connection;
  readonly #readiness: Readiness;
  readonly #succession: Succession | undefined;
  readonly #alarm = new Alarm(() => this.#use((client) => client.tick(performance.now())));
  /** Undefined until zmq.wasm has been loaded. */
  #client: Client | undefined;
  readonly #waiting = new WaitingOperations();
  /** What is to be done before the next writing. */
  #last: ((client: Client) => void)[] = [];
  /** Greets the bridge. Set while there is a WebSocket; if that is open before the client is there, it has to wait. */
  #greeting: (() => void) | undefined;
  #scheduled = false;
  #ended: ZmqError | undefined;

  constructor(options: LinkOptions) {
    this.options = options;
    this.#readiness = new Readiness(options.status);
    this.#succession = options.store && new Succession(options.store, this.#peers);
    this.#load().catch((thrown: unknown) => this.end(ZmqError.from(thrown)));
    this.#connection = new Connection(options, this); // while zmq.wasm is being loaded
  }

  get status(): Status {
    return this.#readiness.status;
  }

  /** The client in the engine, from when that was loaded until the end. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Fulfilled while the bridge is connected, and rejected once it will not be any more. */
  get ready(): Promise<void> {
    return this.#ended === undefined ? this.#readiness.promise : Promise.reject(this.#ended);
  }

  async #load(): Promise<void> {
    const engine = await sharedEngine();
    if (this.#ended !== undefined) return;
    engine.onDeath(this.#died);
    this.#client = new Client(engine, this.options.requestTimeout, this.options.agent);
    this.#succession?.begin(this.#client, () => this.#use((client) => this.#succession?.abandon(client)));
    for (const operation of this.#waiting.take()) this.run(operation);
    this.#greeting?.();
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

  /** Finds a socket of the page before that a socket of this page, which is like it, can take the place of. */
  adopt(type: number, identity: string, asked: Asked): Orphan | undefined {
    return this.#succession?.adopt(type, identity, asked);
  }

  /** Runs an operation: at once if the engine is there, and otherwise as soon as it is. */
  run(operation: Operation): void {
    if (this.#ended !== undefined) return operation.fail(this.#ended);
    if (this.#client === undefined) return this.#waiting.add(operation);
    attempt(operation, this.#client);
    this.#schedule();
  }

  /** Calls fn once, after the code that is running now, and before what that code sent is written. */
  beforeWriting(fn: (client: Client) => void): void {
    this.#last.push(fn);
    this.#schedule();
  }

  /** Throws when so much waits to be written that more would only pile up. */
  admit(client: Client): void {
    if (this.#connection.bufferedAmount + client.queued() > maxBuffered) {
      throw new ZmqError('busy', 'the connection to the bridge is slower than what is sent on it');
    }
  }

  // The connection, which calls these as its owner.

  opened(credentials: string | undefined): void {
    this.#greeting = () =>
      this.#use((client) => {
        client.setCredentials(credentials);
        client.start(performance.now());
      });
    if (this.#client !== undefined) this.#greeting();
  }

  received(data: ArrayBuffer): void {
    this.#use((client) => client.feed(data, performance.now()));
  }

  closed(code: number, reason: string, remote: boolean): ZmqError {
    this.#greeting = undefined;
    let why = new ZmqError('lost', reason || `the connection to the bridge was lost (${code})`, { remote });
    this.#use((client) => {
      const end = client.closed(code, reason, remote);
      client.tell(this);
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

  left(): boolean {
    this.#flush();
    this.#alarm.cancel();
    return this.#succession?.leave(this.#client) ?? false;
  }

  returned(): void {
    this.#succession?.stay();
  }

  /**
   * Calls the engine, and then deals with what that made happen. Where use returns a Closing, the engine wants the
   * WebSocket to be closed.
   */
  #use(use: (client: Client) => Closing | undefined | void): void {
    const client = this.#client;
    if (client === undefined || this.#ended !== undefined) return;
    try {
      const closing = use(client);
      client.tell(this);
      if (closing) this.#connection.close(closing.code, closing.reason);
      this.#schedule();
    } catch (thrown) {
      this.end(ZmqError.from(thrown));
    }
  }

  // What happens. The client calls these as its event sink.

  message(socket: number, parts: Frame[], offset: number, endpoint: number): void {
    try {
      this.#peers.find(socket)?.message(parts, offset, endpoint);
    } catch (thrown) {
      report(thrown);
    }
  }

  happened(event: EngineEvent): void {
    try {
      if (event.socket !== 0) this.#peers.find(event.socket)?.happened(event);
      else this.#changed(event);
    } catch (thrown) {
      report(thrown);
    }
  }

  /** Something happened to the connection or the session. */
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
        return this.#connection.turnedAway(event.count, event.text || 'the bridge takes nobody for the time being');
      case EventKind.Draining:
        this.#connection.leave(event.count, () => this.#client?.idle ?? true);
        return this.#readiness.draining(event.text || 'the bridge asks to leave');
    }
  }

  #welcomed(status: Status): void {
    this.#connection.welcomed();
    this.#readiness.welcomed(status);
  }

  // Writing.

  /** Writes after the code that is running now, so that all that it sends goes out as one WebSocket message. */
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
      for (let batch = client.take(now); batch !== undefined; batch = client.take(now)) this.#connection.send(batch);
      this.#alarm.within(client.next(now));
      this.#connection.progressed();
    } catch (thrown) {
      this.end(ZmqError.from(thrown));
    }
  }

  // The end.

  readonly #died = (why: ZmqError): void => this.end(why);

  /** Ends everything because the page asked for it. What was sent before is still written. */
  close(): void {
    this.#flush();
    this.end(new ZmqError('closed', 'the context was closed'));
  }

  /** Ends everything for good. */
  end(why: ZmqError): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#alarm.cancel();
    this.#succession?.cancel();
    this.#connection.end(why.code === 'closed' ? '' : why.message);
    this.#free();
    for (const operation of this.#waiting.take()) operation.fail(why);
    this.#peers.ended(why);
    this.#readiness.ended(why);
  }

  #free(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    client.engine.forget(this.#died);
    if (client.engine.dead === undefined) client.free();
  }
}
