import { Alarm } from './alarm.js';
import { Connection, type ConnectionOptions, type ConnectionOwner } from './connection.js';
import { EventKind } from '../engine/abi.js';
import { Client, type Closing } from '../engine/client.js';
import type { EngineEvent, EventSink } from '../engine/plan.js';
import { sharedEngine } from '../engine/shared.js';
import { ZmqError, codeName } from '../errors.js';
import type { Frame } from '../message/frame.js';
import type { Asked, Orphan } from './orphan.js';
import { Deferred } from '../language/outcome.js';
import { type Peer, Peers } from './peers.js';
import { report } from '../language/report.js';
import type { SnapshotStore } from './snapshot.js';
import type { Reset, Status } from './status.js';
import { Succession } from './succession.js';

export interface LinkOptions extends ConnectionOptions {
  readonly requestTimeout: number;
  readonly agent: string;
  readonly status: (status: Status) => void;
  readonly reset: (reset: Reset) => void;
  /** Where the page before left the session, and this one leaves it for the next. */
  readonly store: SnapshotStore | undefined;
}

/** Something to do with the engine. What run throws goes to fail. */
export interface Operation {
  run(client: Client): void;
  fail(why: ZmqError): void;
}

/** Operations that wait for the engine, and bytes that wait in the WebSocket, before it is called busy. */
const maxWaiting = 10_000;
const maxBuffered = 16 << 20;

/** What joins the sockets of a Context, its engine and its connection. */
export class Link implements ConnectionOwner, EventSink {
  readonly options: LinkOptions;
  readonly #peers = new Peers();
  readonly #connection: Connection;
  readonly #succession: Succession | undefined;
  readonly #alarm = new Alarm(() => this.#use((client) => client.tick(performance.now())));
  #client: Client | undefined;
  #waiting: Operation[] = []; // for the client
  #last: ((client: Client) => void)[] = []; // before the next writing
  #greeting: (() => void) | undefined; // waits for the client
  #status: Status = { state: 'connecting' };
  #connected = new Deferred<void>();
  #scheduled = false;
  #ended: ZmqError | undefined;

  constructor(options: LinkOptions) {
    this.options = options;
    this.#succession = options.store && new Succession(options.store, this.#peers);
    this.#load().catch((thrown: unknown) => this.end(ZmqError.from(thrown)));
    this.#connection = new Connection(options, this); // meanwhile
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
    this.#client = new Client(engine, this.options.requestTimeout, this.options.agent);
    this.#succession?.begin(this.#client, () => this.#use((client) => this.#succession?.abandon(client)));
    for (const operation of this.#waiting.splice(0)) this.run(operation);
    this.#greeting?.();
  }

  // Sockets.

  add(peer: Peer): void {
    this.#peers.add(peer);
  }

  /** Tells the number that the engine knows a peer by. */
  number(peer: Peer, socket: number): void {
    this.#peers.number(peer, socket);
  }

  remove(peer: Peer, socket: number): void {
    this.#peers.remove(peer, socket);
  }

  /** Finds a socket of the page before for one of this page to go on for. */
  adopt(type: number, identity: string, asked: Asked): Orphan | undefined {
    return this.#succession?.adopt(type, identity, asked);
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
    if (this.#connection.bufferedAmount + client.queued() > maxBuffered) {
      throw new ZmqError('busy', 'the connection to the bridge is slower than what is sent on it');
    }
  }

  // The connection.

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

  waits({ code, message }: ZmqError): void {
    const { state } = this.#status;
    if (state === 'connected' || state === 'draining') this.#connected = new Deferred();
    this.#say({ state: 'reconnecting', code, reason: message });
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

  /** Uses the engine, then deals with what that made happen. A Closing is how the engine wants the WebSocket ended. */
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

  // What happens.

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
        return this.#say({ state: 'draining', code: 'unavailable', reason: event.text || 'the bridge asks to leave' });
    }
  }

  #welcomed(status: Status): void {
    this.#connection.welcomed();
    this.#connected.resolve();
    this.#say(status);
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
      for (let batch = client.take(now); batch !== undefined; batch = client.take(now)) this.#connection.send(batch);
      this.#alarm.within(client.next(now));
      this.#connection.progressed();
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
    this.#alarm.cancel();
    this.#succession?.cancel();
    this.#connection.end(why.code === 'closed' ? '' : why.message);
    this.#free();
    for (const operation of this.#waiting.splice(0)) operation.fail(why);
    this.#peers.ended(why);
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
