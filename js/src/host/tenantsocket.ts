import { EventKind } from '../engine/abi.js';
import type { Client } from '../engine/client.js';
import type { Arrival, EngineEvent } from '../engine/event.js';
import { type ZmqError, codeName, codeNumber } from '../errors.js';
import { HostEvent } from '../guest/terms.js';
import type { Link } from '../link/link.js';
import type { Peer } from '../link/peers.js';
import type { Part } from '../message/message.js';
import { Farewell } from '../socket/farewell.js';
import { Sender } from '../socket/sender.js';
import { Numbers } from './numbers.js';
import type { PlanWriter } from './planwriter.js';

/** How long what was sent may take to leave when a page is gone, in milliseconds: as when a page closes a socket. */
const linger = 1000;

/** A socket of a page, at the worker. */
export class TenantSocket implements Peer {
  readonly #link: Link;
  readonly #writer: PlanWriter;
  /** The number that the page knows it by, and the one that the engine does. */
  number: number;
  #socket = 0;
  readonly #endpoints = new Numbers();
  readonly #subscriptions = new Numbers();
  readonly #requests = new Numbers();
  readonly #sender: Sender;
  #farewell: Farewell | undefined;
  readonly #gone: (socket: TenantSocket) => void;

  /** number is that of the page; gone is called when the socket is no more. */
  constructor(
    link: Link,
    writer: PlanWriter,
    number: number,
    type: number,
    identity: string,
    window: number,
    idempotent: boolean,
    gone: (socket: TenantSocket) => void,
  ) {
    this.#gone = gone;
    this.#link = link;
    this.#writer = writer;
    this.number = number;
    this.#sender = new Sender(link);
    link.add(this);
    const run = (client: Client): void => this.#open(client.newSocket(type, identity, window, idempotent));
    link.run({ run, fail: (why) => this.#tell(EventKind.Closed, 0, why) });
  }

  #open(socket: number): void {
    this.#socket = socket;
    this.#sender.open(socket);
    this.#link.number(this, socket);
  }

  // What the page asks for. What cannot be is told as if the bridge had refused it.

  attach(endpoint: number, open: (client: Client, socket: number) => number): void {
    const run = (client: Client): void => this.#endpoints.set(endpoint, open(client, this.#socket));
    this.#link.run({ run, fail: (why) => this.#tell(EventKind.Refused, endpoint, why) });
  }

  disconnect(endpoint: number): void {
    const at = this.#endpoints.engine(endpoint);
    const gone = (): void => this.#tell(EventKind.Disconnected, endpoint);
    if (at === undefined) return gone();
    const run = (client: Client): void => {
      if (!client.disconnect(this.#socket, at)) gone();
    };
    this.#link.run({ run, fail: gone });
  }

  subscribe(subscription: number, prefix: Uint8Array, overflow: string, interval: number): void {
    const run = (client: Client): void =>
      this.#subscriptions.set(subscription, client.subscribe(this.#socket, prefix, overflow, interval));
    this.#link.run({ run, fail: (why) => this.#tell(EventKind.Unsubscribed, subscription, why) });
  }

  resubscribe(subscription: number, overflow: string, interval: number): void {
    const at = this.#subscriptions.engine(subscription);
    if (at === undefined) return;
    this.#link.run({ run: (client) => client.resubscribe(this.#socket, at, overflow, interval), fail() {} });
  }

  /** Lets go of it at the bridge. The page knows it by another number from then on. */
  pause(number: number): void {
    this.number = number;
    const run = (client: Client): void => {
      const socket = client.pause(this.#socket);
      this.#link.remove(this, this.#socket);
      this.#link.add(this);
      this.#open(socket);
    };
    this.#link.run({ run, fail() {} });
  }

  unpause(): void {
    this.#link.run({ run: (client) => client.unpause(this.#socket), fail() {} });
  }

  unsubscribe(subscription: number): void {
    const at = this.#subscriptions.engine(subscription);
    if (at === undefined) return;
    this.#subscriptions.take(at);
    this.#link.run({ run: (client) => client.unsubscribe(this.#socket, at), fail() {} });
  }

  request(request: number, parts: readonly Part[], timeout: number, idempotent: boolean): void {
    const run = (client: Client): void => {
      this.#link.admit(client);
      this.#requests.set(request, client.request(this.#socket, parts, timeout, idempotent, performance.now()));
    };
    this.#link.run({ run, fail: (why) => this.#tell(EventKind.Failed, request, why) });
  }

  cancel(request: number): void {
    const at = this.#requests.engine(request);
    if (at === undefined) return;
    this.#requests.take(at);
    this.#link.run({ run: (client) => client.cancel(this.#socket, at), fail() {} });
  }

  decline(request: number): void {
    this.#link.run({ run: (client) => client.decline(this.#socket, request), fail() {} });
  }

  send(turn: number, parts: readonly Part[]): void {
    this.#sender.send(parts).then(
      () => this.#writer.progress(HostEvent.Taken, this.number, turn),
      (why: ZmqError) => this.#tell(HostEvent.Untaken, turn, why),
    );
  }

  reply(turn: number, request: number, parts: readonly Part[]): void {
    const run = (client: Client): void => {
      void client.reply(this.#socket, request, parts);
      this.#writer.progress(HostEvent.Taken, this.number, turn);
    };
    this.#link.run({ run, fail: (why) => this.#tell(HostEvent.Untaken, turn, why) });
  }

  consumed(messages: number, bytes: number): void {
    this.#link.run({ run: (client) => void client.consumed(this.#socket, messages, bytes), fail() {} });
  }

  // What happens. The link calls these.

  message(arrival: Arrival): void {
    if (this.#farewell !== undefined) return;
    const endpoint = arrival.offset === 0 ? 0 : this.#endpoints.page(arrival.endpoint);
    this.#writer.message(this.number, endpoint, arrival);
  }

  happened(event: EngineEvent): void {
    if (event.kind === EventKind.Writable) this.#sender.writable();
    if (this.#farewell !== undefined) return this.#lingers(this.#farewell, event);
    if (event.kind !== EventKind.Writable) this.#writer.event(this.#translated(event));
    if (event.kind === EventKind.Closed) this.#end();
  }

  #lingers(farewell: Farewell, { kind, count, code }: EngineEvent): void {
    if (kind === EventKind.Writable) farewell.proceed();
    else if (kind === EventKind.Ended) farewell.ended(count, codeName(code) === 'lost');
  }

  /** The event with the page's numbers. */
  #translated(event: EngineEvent): EngineEvent {
    const { id } = event;
    const own = { ...event, socket: this.number };
    switch (event.kind) {
      case EventKind.Opened:
      case EventKind.Refused:
      case EventKind.Down:
      case EventKind.Up:
      case EventKind.Recovered:
        return { ...own, id: this.#endpoints.page(id) };
      case EventKind.Disconnected:
        return { ...own, id: this.#endpoints.take(id) };
      case EventKind.Positioned:
        return { ...own, count: this.#endpoints.page(event.count) };
      case EventKind.Subscribed:
      case EventKind.Unsubscribed:
        return { ...own, id: this.#subscriptions.page(id) };
      case EventKind.Reply:
      case EventKind.Failed:
        return { ...own, id: id === 0 ? 0 : this.#requests.take(id) };
    }
    return own;
  }

  #tell(kind: number, id: number, why?: ZmqError, count = 0): void {
    const { code, message: text, remote } = why ?? { code: undefined, message: '', remote: false };
    this.#writer.event({ kind, code: codeNumber(code), remote, socket: this.number, id, count, text, parts: [] });
  }

  hide(): void {} // the page sees to that

  interrupted(): void {} // the page is told once, for all of its sockets

  snapshot(): undefined {}

  // The end.

  get waits(): boolean {
    return this.#sender.pending > 0;
  }

  drain(): Promise<number> {
    return this.leave();
  }

  /** Closes it. What was sent has so many milliseconds to leave. The page is told when it is gone. */
  leave(within = linger, asked = false): Promise<number> {
    if (this.#farewell !== undefined) return this.#farewell.promise;
    const farewell = new Farewell(this.#link, this.#sender, () => this.#socket, within, asked);
    this.#farewell = farewell;
    farewell.promise.then(
      (unpassed) => this.#left(undefined, unpassed),
      (why: ZmqError) => this.#left(why, 0),
    );
    farewell.proceed();
    return farewell.promise;
  }

  #left(why: ZmqError | undefined, unpassed: number): void {
    this.#end();
    this.#tell(EventKind.Ended, 0, why, unpassed);
  }

  #end(): void {
    this.#link.remove(this, this.#socket);
    this.#gone(this);
  }

  ended(why: ZmqError): void {
    this.#end();
    this.#farewell?.abandoned();
    this.#sender.ended(why);
  }
}
