import { decodeBatch, encodeBatch } from './codec.mjs';

/**
 * A bridge at the other end of a WebSocket that is not there. It welcomes, opens and subscribes whatever it is asked
 * to, and keeps every frame; a test that wants something else says so with on(kind, (frame, connection) => …).
 */
export class Bridge {
  /** Frames received on all connections, and connections. */
  frames = [];
  connections = [];
  batches = 0;
  #handlers = {
    Hello: (_frame, connection) => connection.write({ kind: 'Welcome', version: 1, limit: 1 << 24, millis: this.heartbeat }),
    Open: ({ socket, id }, connection) => connection.write({ kind: 'Opened', socket, id }),
    Subscribe: ({ socket, id }, connection) => connection.write({ kind: 'Subscribed', socket, id }),
  };
  #waiting = [];

  constructor({ heartbeat = 15_000 } = {}) {
    this.heartbeat = heartbeat;
    const bridge = this;
    this.WebSocket = class extends Connection {
      constructor(url, protocols) {
        super(bridge, url, protocols);
      }
    };
  }

  on(kind, handler) {
    this.#handlers[kind] = handler;
    return this;
  }

  /** The connection of now. */
  get connection() {
    return this.connections.at(-1);
  }

  write(...frames) {
    this.connection.write(...frames);
  }

  of(kind) {
    return this.frames.filter((frame) => frame.kind === kind);
  }

  /** Waits for so many frames of a kind, and returns the last of them. */
  async want(kind, count = 1) {
    while (this.of(kind).length < count) await new Promise((resolve) => this.#waiting.push(resolve));
    return this.of(kind)[count - 1];
  }

  received(batch, connection) {
    this.batches++;
    for (const frame of decodeBatch(batch)) {
      this.frames.push(frame);
      this.#handlers[frame.kind]?.(frame, connection);
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Both ends of one WebSocket. */
class Connection {
  readyState = 0;
  bufferedAmount = 0;
  binaryType = 'blob';
  closed = undefined;

  constructor(bridge, url, protocols) {
    this.bridge = bridge;
    this.url = url;
    this.protocol = protocols[0];
    bridge.connections.push(this);
    setTimeout(() => this.#open());
  }

  #open() {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.({});
  }

  // The page's end.

  send(batch) {
    const copy = batch.slice();
    setTimeout(() => this.readyState === 1 && this.bridge.received(copy, this));
  }

  close(code, reason) {
    this.readyState = 3;
    this.closed = { code, reason };
  }

  // The bridge's end.

  /** Sends frames as one batch. */
  deliver(data) {
    setTimeout(() => this.readyState === 1 && this.onmessage?.({ data }));
  }

  /** Frames sent in the same turn travel together, in order. */
  #batch = [];
  write(...frames) {
    if (this.#batch.push(...frames) > frames.length) return;
    queueMicrotask(() => this.deliver(encodeBatch(this.#batch.splice(0)).buffer));
  }

  /** Ends it, with the code of a close frame; without one, as a network does that goes away. */
  drop(code = 1006, reason = '') {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}
