import { isNumbered } from './codec.mjs';

let made = 0;

/** A session that the bridge keeps when its WebSocket ends (core/PROTOCOL.md, section 11). */
export class Session {
  connection = undefined;
  received = 0; // numbered frames of the client
  #kept = []; // frames sent and not acknowledged
  #acked = 0; // frames acknowledged
  #tokens = []; // that are good for it

  /** The client was heard on the WebSocket of now: only the token it got there is good from now on. */
  heard() {
    this.#tokens = this.#tokens.slice(-1);
  }

  knows(token) {
    return this.#tokens.includes(token);
  }

  /** Goes on, or begins, on a connection. seq is what the client has received; Welcome has to go first. */
  attach(connection, welcome, seq = 0) {
    const { millis, retain, code } = welcome;
    const resumed = this.#tokens.length > 0;
    this.connection = connection;
    connection.session = this;
    this.#tokens.push(`token ${++made}`);
    const name = this.#tokens.at(-1);
    connection.write({ kind: 'Welcome', version: 1, limit: 1 << 24, millis, retain, code, name, seq: this.received, flags: resumed ? 1 : 0 });
    this.acked(seq);
    connection.transmit(...this.#kept);
  }

  acked(seq) {
    if (seq < this.#acked || seq > this.#acked + this.#kept.length) throw new Error(`Ack ${seq} of ${this.#acked}`);
    this.#kept.splice(0, seq - this.#acked);
    this.#acked = seq;
  }

  /** Takes one frame of the client. */
  take(frame) {
    if (isNumbered(frame)) this.received++;
    if (frame.kind === 'Ack') this.acked(frame.seq);
  }

  /** Sends frames now, or when the client is back. */
  write(...frames) {
    this.#kept.push(...frames.filter(isNumbered));
    this.connection.transmit(...frames);
  }
}
