import { type Message, lastText } from '../message/message.js';

/** Which of the messages that arrive the page gets. The others count as consumed. */
export class Filter {
  #text: string | undefined;
  #prefixes: (() => readonly Uint8Array[]) | undefined;

  /**
   * Reads the parameter msgfilter of a connect, as in 2012: a text that a message has to contain. It tells whether there is
   * one. The bridge sends the other messages too, so it is better to subscribe to prefixes.
   */
  read(params: object | null | undefined): boolean {
    const text = typeof params === 'object' && params !== null && 'msgfilter' in params ? params.msgfilter : undefined;
    if (typeof text !== 'string') return false;
    this.#text = text;
    return true;
  }

  /** From now on the page gets only messages with one of these prefixes. The bridge may send others for a while. */
  only(prefixes: () => readonly Uint8Array[]): void {
    this.#prefixes = prefixes;
  }

  /** Whether the page gets all of them. */
  get open(): boolean {
    return this.#text === undefined && this.#prefixes === undefined;
  }

  wants(message: Message): boolean {
    if (this.#text !== undefined && !lastText(message).includes(this.#text)) return false;
    return this.#prefixes?.().some((prefix) => beginsWith(message[0], prefix)) ?? true;
  }
}

function beginsWith(part: Uint8Array | undefined, prefix: Uint8Array): boolean {
  return part !== undefined && part.length >= prefix.length && prefix.every((byte, i) => part[i] === byte);
}
