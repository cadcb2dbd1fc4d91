import { decodeBatch, encodeBatch, isNumbered } from './codec.mjs';
import { Session } from './session.mjs';

/**
 * A fake bridge behind a fake WebSocket. It welcomes every client, allows everything, and records every frame. A test that
 * wants another answer to a kind of frame sets it with on(kind, (frame, connection) => …). With retain, which is in
 * milliseconds, it keeps sessions.
 */
export class Bridge {
  /** The frames that were received on all connections, and the connections. */
  frames = [];
  connections = [];
  batches = 0;
  #handlers = {
    Hello: (frame, connection) => this.welcome(frame, connection),
    Ping: ({ id }, connection) => connection.transmit({ kind: 'Pong', id }),
    Open: ({ socket, id }, connection) => connection.write({ kind: 'Opened', socket, id }),
    Subscribe: ({ socket, id }, connection) => connection.write({ kind: 'Subscribed', socket, id }),
  };
  #waiting = [];
  #sessions = [];

  /** flags are its capabilities; without any it is as bridges were before there were capabilities. */
  constructor({ heartbeat = 15_000, retain = 0, flags = 0 } = {}) {
    this.flags = flags;
    this.heartbeat = heartbeat;
    this.retain = retain;
    const bridge = this;
    this.WebSocket = class extends Connection {
      constructor(url, protocols) {
        super(bridge, url, protocols);
      }
    };
  }

  welcome({ name, seq }, connection) {
    const { heartbeat: millis, retain, flags } = this;
    if (retain === 0) return connection.write({ kind: 'Welcome', version: 1, limit: 1 << 24, millis, flags });
    const token = Buffer.from(name).toString();
    const known = this.#sessions.find((session) => session.knows(token));
    if (known !== undefined) return known.attach(connection, { millis, retain, flags }, seq);
    const session = new Session();
    this.#sessions.push(session);
    session.attach(connection, { millis, retain, flags, code: token === '' ? 0 : 11 });
  }

  /** The session that began last. */
  get session() {
    return this.#sessions.at(-1);
  }

  /** Forgets all sessions. */
  forget() {
    this.#sessions = [];
  }

  on(kind, handler) {
    this.#handlers[kind] = handler;
    return this;
  }

  /** The present connection. */
  get connection() {
    return this.connections.at(-1);
  }

  write(...frames) {
    this.connection.write(...frames);
  }

  of(kind) {
    return this.frames.filter((frame) => frame.kind === kind);
  }

  /** Waits until so many frames of a kind were received, and returns the last of them. */
  async want(kind, count = 1) {
    while (this.of(kind).length < count) await new Promise((resolve) => this.#waiting.push(resolve));
    return this.of(kind)[count - 1];
  }

  received(batch, connection) {
    this.batches++;
    const frames = decodeBatch(batch);
    connection.session?.heard();
    for (const frame of frames) {
      this.frames.push(frame);
      connection.session?.take(frame);
      this.#handlers[frame.kind]?.(frame, connection);
    }
    const { session } = connection;
    if (session !== undefined && frames.some(isNumbered)) connection.transmit({ kind: 'Ack', seq: session.received });
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

  // This is the page's end.

  send(batch) {
    const copy = batch.slice();
    setTimeout(() => this.#cut || this.bridge.received(copy, this));
  }

  close(code, reason) {
    this.readyState = 3;
    this.closed = { code, reason };
  }

  // This is the bridge's end.

  /** The session, if the bridge keeps sessions. */
  session = undefined;

  /** Sends bytes. */
  deliver(data) {
    setTimeout(() => this.readyState === 1 && this.onmessage?.({ data }));
  }

  /** Sends frames. If there is a session, it sends the numbered ones, so that they arrive even if this connection ends. */
  write(...frames) {
    if (this.session !== undefined) this.session.write(...frames);
    else this.transmit(...frames);
  }

  /** Sends the frames of one turn of the event loop together, in order. */
  #batch = [];
  transmit(...frames) {
    if (frames.length === 0 || this.#batch.push(...frames) > frames.length) return;
    queueMicrotask(() => this.deliver(encodeBatch(this.#batch.splice(0)).buffer));
  }

  /** Closes the connection when everything that was written has been delivered. */
  end(code) {
    queueMicrotask(() => setTimeout(() => this.drop(code)));
  }

  /** Cuts the connection, and loses what is under way. With a code the page gets a close frame, without one it gets none. */
  #cut = false;
  drop(code = 1006, reason = '') {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#cut = true;
    this.onclose?.({ code, reason });
  }
}
