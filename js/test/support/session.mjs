import { isNumbered } from './codec.mjs';

let made = 0;

/** A session that the bridge keeps when its WebSocket ends (core/PROTOCOL.md, section 11). */
export class Session {
  connection = undefined;
  received = 0; // how many numbered frames of the client have arrived
  #kept = []; // frames that were sent and not acknowledged
  #acked = 0; // how many frames were acknowledged
  #tokens = []; // those with which a client can resume the session

  /** Notes that the client has sent something on the present WebSocket. From now on only the token that it got there is valid. */
  heard() {
    this.#tokens = this.#tokens.slice(-1);
  }

  knows(token) {
    return this.#tokens.includes(token);
  }

  /** Begins or resumes the session on a connection. seq is how much the client has received. Welcome has to be sent before. */
  attach(connection, welcome, seq = 0) {
    const { millis, retain, code, flags = 0 } = welcome;
    const resumed = this.#tokens.length > 0;
    this.connection = connection;
    connection.session = this;
    this.#tokens.push(`token ${++made}`);
    const name = this.#tokens.at(-1);
    connection.write({ kind: 'Welcome', version: 1, limit: 1 << 24, millis, retain, code, name, seq: this.received, flags: flags | (resumed ? 1 : 0) });
    this.acked(seq);
    connection.transmit(...this.#kept);
  }

  acked(seq) {
    if (seq < this.#acked || seq > this.#acked + this.#kept.length) throw new Error(`Ack ${seq} of ${this.#acked}`);
    this.#kept.splice(0, seq - this.#acked);
    this.#acked = seq;
  }

  /** Handles one frame of the client. */
  take(frame) {
    if (isNumbered(frame)) this.received++;
    if (frame.kind === 'Ack') this.acked(frame.seq);
  }

  /** Sends frames now, or as soon as the client is back. */
  write(...frames) {
    this.#kept.push(...frames.filter(isNumbered));
    this.connection.transmit(...frames);
  }
}
