/** What a context has done so far. Everything is counted from its beginning. */
export interface Stats {
  /** How many messages, requests and replies have come. */
  readonly received: number;
  /** How many were handed over to be sent. */
  readonly sent: number;
  /** How many bytes have come in WebSocket messages. */
  readonly bytesReceived: number;
  /** How many bytes have left in WebSocket messages. */
  readonly bytesSent: number;
  /** How many messages are missing, as far as it is known (event 'gap'). */
  readonly missed: number;
  /** How many gaps there were, also those of which nobody knows how large they are. */
  readonly gaps: number;
  /** How many messages were left out because the page wanted it (event 'conflated'). */
  readonly conflated: number;
  /** How often the bridge was connected again. */
  readonly reconnects: number;
  /** How many milliseconds the bridge took to answer when it was last asked, on this connection; undefined when it was not. */
  readonly rtt: number | undefined;
}

/** The counters that are behind Stats. Whoever sees something happen counts it. */
export class Counters {
  bytesReceived = 0;
  bytesSent = 0;
  missed = 0;
  gaps = 0;
  conflated = 0;
  connections = 0;
}
