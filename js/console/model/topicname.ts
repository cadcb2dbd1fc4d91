import type { Payload } from './part.js';

/** How many characters a topic has at most. A first part that is longer is content. */
const LONGEST = 120;

/** How deep topics are divided. What is deeper stays in one piece. */
const DEEPEST = 12;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What is in no text: bytes that are not UTF-8, and control characters. */
const unreadable = /[\x00-\x1f\x7f\ufffd]/;

/**
 * The topic of a message: the first of several parts. Where there is one part only, it is the first word of a text, as in the
 * publishers that write topic and value into one string. A message without a topic has ''.
 */
export function topicOf(parts: Payload): string {
  const first = parts[0];
  if (first === undefined) return '';
  if (parts.length === 1) return firstWord(first);
  if (first.length > LONGEST) return '';
  const text = typeof first === 'string' ? first : decoder.decode(first);
  return typeof first !== 'string' && unreadable.test(text) ? hexOf(first) : text;
}

function firstWord(part: string | Uint8Array): string {
  const text = typeof part === 'string' ? part.slice(0, LONGEST) : decoder.decode(part.subarray(0, LONGEST));
  const word = /^([^\s{}[\]"<,]+) /.exec(text)?.[1] ?? '';
  return unreadable.test(word) ? '' : word;
}

function hexOf(bytes: Uint8Array): string {
  return `0x${Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * Divides a topic at its separators, which stay at the ends of the pieces: what some of them make together is a prefix that
 * one could subscribe to. A topic with slashes is divided at those, else at its points, else at its colons.
 */
export function pieces(topic: string): string[] {
  const separator = ['/', '.', ':'].find((it) => topic.includes(it));
  if (separator === undefined) return [topic];
  const found: string[] = [];
  let at = 0;
  while (found.length < DEEPEST - 1) {
    const end = topic.indexOf(separator, at);
    if (end < 0 || end === topic.length - 1) break;
    found.push(topic.slice(at, end + 1));
    at = end + 1;
  }
  found.push(topic.slice(at));
  return found;
}
