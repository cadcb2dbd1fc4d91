import { after } from '../language/timer.js';

/** The name of the protocol in the WebSocket handshake: core.Subprotocol. */
const subprotocol = 'zwb.v1';

/** Longest wait for a WebSocket to open. */
const openTimeout = 10_000;

/**
 * Close codes this end concludes (core/close.go): reconnect below 4500, do not from there on. Left is none of the
 * protocol's own: to the bridge it is a cut like any other, after which the session goes on.
 */
export const CloseCode = {
  Normal: 1000,
  Abnormal: 1006,
  Left: 3000,
  GoingAway: 4000,
  Timeout: 4001,
  Malformed: 4500,
  Version: 4503,
};

/** What the owner of a Wire is told. After closed, nothing more. */
export interface WireOwner {
  opened(): void;
  received(data: ArrayBuffer): void;
  /** remote: the other end sent this code, it was not concluded here. */
  closed(code: number, reason: string, remote: boolean): void;
}

/** One WebSocket, from the attempt to open it to its end. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #owner: WireOwner;
  readonly #opening: { cancel(): void };
  readonly #copy: boolean;
  #ended = false;

  /** Throws what the WebSocket's constructor throws. */
  constructor(url: string, Constructor: typeof WebSocket, owner: WireOwner) {
    this.#owner = owner;
    this.#copy = Constructor !== globalThis.WebSocket;
    const socket = new Constructor(url, [subprotocol]);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = (event: MessageEvent<unknown>) => this.#received(event.data);
    socket.onclose = (event: CloseEvent) => this.#end(event.code, event.reason, event.code !== CloseCode.Abnormal);
    socket.onerror = () => {}; // close follows, and says more
    this.#opening = after(openTimeout, () => this.close(CloseCode.Timeout, 'the WebSocket did not open in time'));
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /** Writes a batch, which may be overwritten afterwards: browsers copy it at once, others may not. */
  send(batch: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === 1) this.#socket.send(this.#copy ? batch.slice() : batch);
  }

  /** Ends it now. The other end may not be there to answer: nothing waits for it. */
  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#socket.close(code, clip(reason));
    this.#end(code, reason, false);
  }

  #opened(): void {
    this.#opening.cancel();
    if (this.#ended) return;
    if (this.#socket.protocol === subprotocol) this.#owner.opened();
    else this.close(CloseCode.Version, `the server does not speak ${subprotocol}`);
  }

  #received(data: unknown): void {
    if (this.#ended) return;
    if (data instanceof ArrayBuffer) this.#owner.received(data);
    else this.close(CloseCode.Malformed, 'a text message');
  }

  #end(code: number, reason: string, remote: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#opening.cancel();
    this.#owner.closed(code, reason, remote);
  }
}

/** Shortens a reason to the 123 bytes a close frame has for it. */
function clip(reason: string): string {
  const encoder = new TextEncoder();
  let text = reason;
  while (encoder.encode(text).length > 123) text = text.slice(0, -1);
  return text;
}
