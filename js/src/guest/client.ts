import type { Client, Closing } from '../engine/client.js';
import type { EngineEvent, EventSink } from '../engine/event.js';
import { type ZmqError, codeName } from '../errors.js';
import { Deferred } from '../language/deferred.js';
import type { Tools, WorkerOwner } from '../link/worker.js';
import type { Part } from '../message/message.js';
import { RemoteEngine } from './engine.js';
import { Outgoing } from './outgoing.js';
import { EventKind } from '../engine/abi.js';
import { type GuestWord, type Happened, HostEvent } from './terms.js';

/** How many messages, and how many bytes, of a socket may be on their way to the worker that it has not taken. */
const maxMessages = 1000;
const maxBytes = 1 << 20;

/** After how many words of what happened the worker is told that they were heard. */
const unheard = 8;

/** What is fed to a client that gets what happens ready made. */
const nothing = new ArrayBuffer(0);

/** A message that the worker has not taken. */
interface Turn extends Pick<Deferred<void>, 'resolve' | 'reject'> {
  readonly size: number;
}

/** The messages of a socket that the worker has not taken. */
class Turns {
  readonly all = new Map<number, Turn>();
  bytes = 0;
  /** Whether somebody was told that there is no room. */
  full = false;
}

/** Stands for a client that is in a worker: says there what is said to it, and tells what happens there. */
export class GuestClient implements Client {
  readonly engine: RemoteEngine;
  sent = 0;
  rtt: number | undefined;
  readonly #port: MessagePort;
  readonly #owner: WorkerOwner;
  readonly #tools: Tools;
  readonly #plan: InstanceType<Tools['Plan']>;
  readonly #outgoing = new Outgoing();
  readonly #left: () => void;
  #happened: Happened[] = [];
  #heard = 0;
  #numbers = 0;
  #probes = 0;
  readonly #turns = new Map<number, Turns>();
  readonly #closing = new Set<number>();
  /** How many bytes of commands were said, and how many the worker has taken. */
  #said = 0;
  #taken = 0;

  /** left is called when the page needs the client no more. */
  constructor(port: MessagePort, owner: WorkerOwner, tools: Tools, left: () => void) {
    this.#port = port;
    this.#owner = owner;
    this.#tools = tools;
    this.#left = left;
    this.#plan = new tools.Plan();
    this.engine = new RemoteEngine(tools);
  }

  /** Something was said by the worker. */
  heard(happened: Happened): void {
    if (++this.#heard % unheard === 0) this.#say({ kind: 'heard', words: this.#heard });
    this.#happened.push(happened);
    this.#taken = happened.taken;
    if (happened.probes === this.#probes) this.rtt = happened.rtt;
    const { counters } = this.#owner;
    counters.bytesReceived = happened.bytesReceived;
    counters.bytesSent = happened.bytesSent;
    this.#owner.received(nothing);
  }

  tell(sink: EventSink): boolean {
    const all = this.#happened;
    if (all.length === 0) return false;
    this.#happened = [];
    const through: EventSink = {
      message: (socket, arrival) => sink.message(socket, arrival),
      happened: (event) => this.#event(event, sink),
    };
    for (const { words, text, bytes } of all) {
      this.#plan.put(words, text, bytes);
      this.#plan.tell(through);
    }
    return true;
  }

  #event(event: EngineEvent, sink: EventSink): void {
    switch (event.kind) {
      case HostEvent.Waits:
        return this.#owner.waits(this.#error(event));
      case HostEvent.Over:
        return this.#owner.end(this.#error(event));
      case HostEvent.Taken:
        return this.#wereTaken(event, sink);
      case HostEvent.Untaken:
        return this.#wasNotTaken(event, sink);
      case EventKind.Ended:
      case EventKind.Closed:
        this.#forget(event.socket, 'the socket was closed');
    }
    sink.happened(event);
  }

  #error({ code, text, remote }: EngineEvent): ZmqError {
    return new this.#tools.ZmqError(codeName(code), text, { remote });
  }

  // Messages on their way.

  #wereTaken({ socket, id }: EngineEvent, sink: EventSink): void {
    const turns = this.#turns.get(socket);
    if (turns === undefined) return;
    for (const [turn, it] of turns.all) {
      if (turn > id) break;
      turns.all.delete(turn);
      turns.bytes -= it.size;
      it.resolve();
    }
    this.#room(socket, turns, sink);
  }

  #wasNotTaken(event: EngineEvent, sink: EventSink): void {
    const turns = this.#turns.get(event.socket);
    const turn = turns?.all.get(event.id);
    if (turns === undefined || turn === undefined) return;
    turns.all.delete(event.id);
    turns.bytes -= turn.size;
    turn.reject(this.#error(event));
    this.#room(event.socket, turns, sink);
  }

  #room(socket: number, turns: Turns, sink: EventSink): void {
    if (!turns.full || turns.all.size > maxMessages / 2 || turns.bytes > maxBytes / 2) return;
    turns.full = false;
    sink.happened({ kind: EventKind.Writable, code: 0, remote: false, socket, id: 0, count: 0, text: '', parts: [] });
  }

  /** Nobody will tell any more what becomes of the messages of a socket. */
  #forget(socket: number, text: string): void {
    this.#closing.delete(socket);
    for (const turn of this.#turns.get(socket)?.all.values() ?? []) turn.reject(new this.#tools.ZmqError('closed', text));
    this.#turns.delete(socket);
  }

  /** Remembers a message until the worker has taken it. */
  #turn(socket: number, number: number, size: number): Promise<void> {
    const turns = this.#turns.get(socket) ?? new Turns();
    this.#turns.set(socket, turns);
    const { promise, resolve, reject } = new Deferred<void>();
    turns.all.set(number, { resolve, reject, size });
    turns.bytes += size;
    this.sent++;
    return promise;
  }

  send(socket: number, parts: readonly Part[]): Promise<void> {
    const turns = this.#turns.get(socket);
    if (turns !== undefined && (turns.all.size >= maxMessages || turns.bytes >= maxBytes)) {
      turns.full = true;
      throw new this.#tools.ZmqError('busy', 'the worker has yet to take what was sent before');
    }
    const before = this.#outgoing.size;
    const turn = ++this.#numbers;
    this.#outgoing.add(['send', socket, turn, this.#outgoing.lay(parts)]);
    return this.#turn(socket, turn, this.#outgoing.size - before);
  }

  reply(socket: number, request: number, parts: readonly Part[]): Promise<void> {
    const turn = ++this.#numbers;
    this.#outgoing.add(['reply', socket, turn, this.#outgoing.lay(parts), request]);
    return this.#turn(socket, turn, 0);
  }

  request(socket: number, parts: readonly Part[], timeout: number, idempotent: boolean): number {
    const id = ++this.#numbers;
    this.#outgoing.add(['request', socket, id, this.#outgoing.lay(parts), timeout, idempotent]);
    this.sent++;
    return id;
  }

  cancel(socket: number, request: number): void {
    this.#outgoing.add(['cancel', socket, request]);
  }

  decline(socket: number, request: number): void {
    this.#outgoing.add(['decline', socket, request]);
  }

  consumed(socket: number, messages: number, bytes: number): boolean {
    this.#outgoing.add(['consumed', socket, messages, bytes]);
    return true;
  }

  // Sockets.

  newSocket(type: number, identity: string, window: number, idempotent: boolean): number {
    const socket = ++this.#numbers;
    this.#outgoing.add(['open', socket, type, identity, window, idempotent]);
    return socket;
  }

  closeSocket(socket: number, linger: number, asked: boolean): boolean {
    this.#outgoing.add(['close', socket, linger, asked]);
    this.#closing.add(socket);
    return true;
  }

  connect(socket: number, address: string, params: string | undefined): number {
    const endpoint = ++this.#numbers;
    this.#outgoing.add(['connect', socket, endpoint, address, params]);
    return endpoint;
  }

  connectSince(socket: number, address: string, params: string | undefined, offset: number, epoch: string): number {
    const endpoint = ++this.#numbers;
    this.#outgoing.add(['since', socket, endpoint, address, params, offset, epoch]);
    return endpoint;
  }

  bind(socket: number, address: string, params: string | undefined): number {
    const endpoint = ++this.#numbers;
    this.#outgoing.add(['bind', socket, endpoint, address, params]);
    return endpoint;
  }

  disconnect(socket: number, endpoint: number): boolean {
    this.#outgoing.add(['disconnect', socket, endpoint]);
    return true;
  }

  subscribe(socket: number, prefix: Uint8Array, overflow: string, interval: number): number {
    const subscription = ++this.#numbers;
    this.#outgoing.add(['subscribe', socket, subscription, prefix, overflow, interval]);
    return subscription;
  }

  resubscribe(socket: number, subscription: number, overflow: string, interval: number): void {
    this.#outgoing.add(['resubscribe', socket, subscription, overflow, interval]);
  }

  pause(socket: number): number {
    const to = ++this.#numbers;
    this.#outgoing.add(['pause', socket, to]);
    return to;
  }

  unpause(socket: number): void {
    this.#outgoing.add(['unpause', socket]);
  }

  unsubscribe(socket: number, subscription: number): void {
    this.#outgoing.add(['unsubscribe', socket, subscription]);
  }

  probe(): void {
    this.rtt = undefined;
    this.#probes++;
    this.#outgoing.add(['probe', 0]);
  }

  // What drives it.

  /** Says what there is to say. What goes over the WebSocket is the worker's business, so there is nothing to write. */
  take(): undefined {
    const word = this.#outgoing.take();
    if (word === undefined) return;
    this.#said += word.size;
    this.#say(word, word.bytes);
  }

  #say(word: GuestWord, bytes?: Uint8Array<ArrayBuffer>): void {
    this.#port.postMessage(word, bytes === undefined ? [] : [bytes.buffer]);
  }

  get lingers(): boolean {
    return this.#closing.size > 0;
  }

  queued(): number {
    return this.#outgoing.size + this.#said - this.#taken;
  }

  free(): void {
    this.take();
    this.#say({ kind: 'bye' });
    for (const socket of [...this.#turns.keys()]) this.#forget(socket, 'the context was closed');
    this.#left();
  }

  // The worker does these for all pages that share a connection.

  readonly idle = true;
  start(): void {}
  feed(): boolean {
    return false;
  }
  tick(): Closing | undefined {
    return undefined;
  }
  next(): number {
    return Infinity;
  }
  setCredentials(): void {}
  closed(_code: number, reason: string): { retry: boolean; why: ZmqError } {
    return { retry: false, why: new this.#tools.ZmqError('lost', reason) };
  }
  exportSession(): undefined {}
  importSession(): void {}
}
