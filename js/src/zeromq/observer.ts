import { ErrnoError } from './errno.js';

interface Events {
  accept: { address: string };
  'accept:error': { address: string; error: ErrnoError };
  bind: { address: string };
  'bind:error': { address: string; error: ErrnoError };
  connect: { address: string };
  'connect:delay': { address: string };
  'connect:retry': { address: string; interval: number };
  close: { address: string };
  'close:error': { address: string; error: ErrnoError };
  disconnect: { address: string };
  end: {};
  handshake: { address: string };
  'handshake:error:protocol': { address: string; error: ErrnoError };
  'handshake:error:auth': { address: string; error: ErrnoError };
  'handshake:error:other': { address: string; error: ErrnoError };
  unknown: {};
}

/** The name of an event. A bridge does not tell of accept, accept:error, close:error, handshake:error:other and unknown. */
export type EventType = keyof Events;

/** The event with this name. */
export type EventOfType<E extends EventType = EventType> = { [T in E]: { type: T } & Events[T] }[E];

/** What can happen to a socket. */
export type Event = EventOfType;

type Listener = (event: never) => void;

/** How many events wait for somebody to receive them. The oldest ones are dropped. */
const maxWaiting = 1000;

/** The events of a socket: for await (const event of socket.events), or socket.events.on('connect', …). */
export class Observer {
  #waiting: Event[] = [];
  #receivers: { resolve(event: Event): void; reject(why: unknown): void }[] = [];
  #listeners: Map<string, Set<Listener>> | undefined;
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Ends the events. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const receiver of this.#receivers.splice(0)) receiver.reject(new ErrnoError('EAGAIN'));
  }

  /** Waits for the next event. Cannot be used once on was called. */
  receive(): Promise<Event> {
    if (this.#listeners !== undefined) {
      throw new Error(
        'Observer is in event emitter mode. After a call to events.on() it is not possible to read events with events.receive().',
      );
    }
    const first = this.#waiting.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#closed) return Promise.reject(new ErrnoError('EBADF'));
    return new Promise((resolve, reject) => this.#receivers.push({ resolve, reject }));
  }

  on<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): this {
    this.#listeners ??= new Map();
    const set = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, set.add(listener as Listener));
    for (const event of this.#waiting.splice(0)) this.#call(event);
    return this;
  }

  off<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): this {
    this.#listeners?.get(type)?.delete(listener as Listener);
    return this;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    while (this.#waiting.length > 0 || !this.#closed) {
      try {
        yield await this.receive();
      } catch (thrown) {
        if (!this.#closed) throw thrown;
      }
    }
  }

  /** @internal Something has happened. */
  tell(event: Event): void {
    if (this.#closed) return;
    if (this.#listeners !== undefined) return this.#call(event);
    const receiver = this.#receivers.shift();
    if (receiver !== undefined) return receiver.resolve(event);
    if (this.#waiting.length >= maxWaiting) this.#waiting.shift();
    this.#waiting.push(event);
  }

  /** A listener that throws is a mistake of the page, and does not keep the others from being called. */
  #call(event: Event): void {
    for (const listener of [...(this.#listeners?.get(event.type) ?? [])] as ((event: Event) => void)[]) {
      queueMicrotask(() => listener(event));
    }
  }
}
