import type { Socket, SocketEvents } from 'zmq-web-bridge';

import type { Kids } from '../dom/element.js';
import type { Direction, Tone } from '../model/log.js';
import type { Opening } from '../model/opening.js';
import type { Payload } from '../model/part.js';
import type { Interruption } from '../model/timeline.js';
import type { Source } from '../model/traffic.js';

/** Listens to a socket for as long as it is its card's. */
export type Listen = <Event extends keyof SocketEvents>(
  event: Event,
  listener: (...args: SocketEvents[Event]) => void,
) => void;

/** What a card has inside, which its kind of socket decides. */
export interface Panel {
  readonly controls: Kids;
  /** Takes over a new socket, before it is connected. */
  wire?(socket: Socket, on: Listen): void;
  /** Four times a second. */
  tick?(): void;
  /** The prefixes that it subscribes to, where it does. */
  readonly topics?: readonly string[];
  /** Ends what goes on by itself. */
  stop?(): void;
  /** The code that does in any page what this card does. */
  code(): string;
}

/** What a panel knows of the card around it. */
export interface Holder extends Source {
  readonly number: number;
  readonly opening: Opening;
  /** The socket as it is now; it changes when the card is opened again. */
  readonly socket: Socket | undefined;
  /** Messages that were received; a panel may begin to count anew. */
  seen: number;
  /** Logs and counts a message. */
  message(direction: Direction, parts: Payload, when?: number): void;
  /** Takes a message into the tree of topics. */
  topic(parts: Payload, bytes: number): void;
  /** An answer took so many milliseconds. */
  answered(ms: number): void;
  /** Puts an interruption on the time line, and says it in the log. */
  interruption(what: Interruption, text: string, missed?: number): void;
  /** Logs what is no message. */
  note(text: string, tone?: Tone): void;
}
