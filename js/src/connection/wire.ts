import { type Timer, after } from '../language/timer.js';
import { CloseCode } from './closecode.js';

/** The name of the protocol in the WebSocket handshake: core.Subprotocol. */
const subprotocol = 'zwb.v1';

/** How long a WebSocket may take to open, in milliseconds. */
const openTimeout = 10_000;

/** How much longer it may take after the network has changed. */
const hurriedTimeout = 3000;

/** How long the other end may take to answer a close frame, where a WebSocket waits for that. */
const farewellTimeout = 1000;

/** How many bytes a close frame has for the reason. */
const maxReason = 123;

/** The connection below a WebSocket, in Node, where it keeps the process running. */
export interface TCP {
  /** Ends it at once, without an answer of the other end. */
  destroy(): void;
  /** Lets the process end although the connection is there. */
  unref(): void;
  /** Takes that back. */
  ref(): void;
}

/** Finds the connection of the WebSocket that opens at this moment, if that can be known. */
let findTCP: (() => TCP | undefined) | undefined;

export function setTCP(it: typeof findTCP): void {
  findTCP = it;
}

/** Whoever is told what becomes of a Wire. After closed, nothing more is told. */
export interface WireOwner {
  /** The WebSocket is open. */
  opened(): void;
  received(data: ArrayBuffer): void;
  /** The WebSocket has ended. remote says that the other end sent this code; otherwise this end concluded it. */
  closed(code: number, reason: string, remote: boolean): void;
}

/** One WebSocket, from the attempt to open it to its end. */
export class Wire {
  readonly #socket: WebSocket;
  readonly #owner: WireOwner;
  #opening: Timer;
  #farewell: Timer | undefined;
  #tcp: TCP | undefined;
  /** Why it failed, where the WebSocket says so. */
  #said = '';
  readonly #copy: boolean;
  #ended = false;

  /** Throws what the constructor of the WebSocket throws. */
  constructor(url: string, Constructor: typeof WebSocket, owner: WireOwner) {
    this.#owner = owner;
    this.#copy = Constructor !== globalThis.WebSocket;
    const socket = new Constructor(url, [subprotocol]);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = (event: MessageEvent<unknown>) => this.#received(event.data);
    socket.onclose = (event: CloseEvent) => this.#closed(event);
    socket.onerror = (event: Event) => this.#failed(event);
    this.#opening = this.#openWithin(openTimeout);
  }

  #openWithin(time: number): Timer {
    return after(time, () => this.close(CloseCode.Timeout, 'the WebSocket did not open in time'));
  }

  /** The network has changed. An attempt that began before may be in vain, so it gets no more than a little time. */
  hurry(): void {
    if (this.#ended || this.#socket.readyState !== 0) return;
    this.#opening.cancel();
    this.#opening = this.#openWithin(hurriedTimeout);
  }

  /** Says whether it keeps Node running. */
  keep(running: boolean): void {
    if (running) this.#tcp?.ref();
    else this.#tcp?.unref();
  }

  /** The number of bytes that were sent and wait to be written. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  /**
   * Writes a batch, which the caller may overwrite afterwards. The browser's own WebSocket copies it at once; of another
   * one that is not known, so it gets a copy.
   */
  send(batch: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === 1) this.#socket.send(this.#copy ? batch.slice() : batch);
  }

  /** Ends it now. The other end may not be there to answer, so nothing waits for the answer. */
  close(code: number, reason: string): void {
    if (this.#ended) return;
    this.#socket.close(code, clip(reason));
    this.#abandon();
    this.#end(code, reason, false);
  }

  /**
   * The package ws waits half a minute for the answer to a close frame, and Node's own WebSocket for ever. Both keep Node
   * running for so long.
   */
  #abandon(): void {
    const socket = this.#socket as WebSocket & { terminate?: () => void };
    const tcp = this.#tcp;
    if (typeof socket.terminate === 'function') this.#farewell = after(farewellTimeout, () => socket.terminate?.());
    else if (tcp !== undefined) this.#farewell = after(farewellTimeout, () => tcp.destroy());
  }

  /**
   * In a browser this says nothing, and the close event follows at once. Node may say why, and no close event follows in
   * some of its versions when the WebSocket could not be opened.
   */
  #failed(event: Event): void {
    const { message = '' } = event as { message?: unknown };
    if (typeof message === 'string' && !/network error/.test(message)) this.#said = message;
    if (this.#socket.readyState !== 1) after(0, () => this.#end(CloseCode.Abnormal, this.#said, false));
  }

  #closed({ code, reason }: CloseEvent): void {
    this.#farewell?.cancel();
    this.#end(code, reason || this.#said, code !== CloseCode.Abnormal);
  }

  #opened(): void {
    this.#opening.cancel();
    this.#tcp = (this.#socket as { _socket?: TCP })._socket ?? findTCP?.(); // the package ws has it itself
    if (this.#ended) return;
    if (this.#socket.protocol === subprotocol) this.#owner.opened();
    else this.close(CloseCode.Version, `the server does not speak ${subprotocol}`);
  }

  #received(data: unknown): void {
    if (this.#ended) return;
    if (isBuffer(data)) this.#owner.received(data);
    else this.close(CloseCode.Malformed, 'a text message');
  }

  #end(code: number, reason: string, remote: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#opening.cancel();
    this.#owner.closed(code, reason, remote);
  }
}

/** The WebSocket may be of another realm, such as jsdom's, and its buffers are no instances of this one's ArrayBuffer. */
function isBuffer(data: unknown): data is ArrayBuffer {
  return Object.prototype.toString.call(data) === '[object ArrayBuffer]';
}

/** Shortens a reason until it fits into a close frame. */
function clip(reason: string): string {
  const encoder = new TextEncoder();
  let text = reason;
  while (encoder.encode(text).length > maxReason) text = text.slice(0, -1);
  return text;
}
