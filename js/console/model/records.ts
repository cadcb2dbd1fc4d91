import type { LogRecord } from './log.js';
import type { Part, Payload } from './part.js';

/** A message as it is written into files. */
export interface Written {
  readonly time: string;
  readonly socket: string;
  readonly address: string;
  readonly direction: string;
  readonly parts: readonly (string | { readonly base64: string })[];
}

/** A record of the log as it is exported; undefined where it is a note. */
export function written({ source, direction, parts, when }: LogRecord): Written | undefined {
  if (direction === 'note') return undefined;
  const time = new Date(when).toISOString();
  return { time, socket: source.name, address: source.address, direction, parts: parts.map(writtenPart) };
}

function writtenPart(part: Part): Written['parts'][number] {
  return part.text ?? { base64: base64(part.bytes) };
}

/** A part of a payload as it is recorded. */
export function recordedParts(parts: Payload): Written['parts'] {
  return parts.map((part) => (typeof part === 'string' ? part : (textOf(part) ?? { base64: base64(part) })));
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** One message a line, as JSON. */
export function jsonLines(records: readonly LogRecord[]): string {
  return lines(records, (it) => JSON.stringify(it));
}

/** A table with a column for each part. What a spreadsheet would take for a formula has an apostrophe before it. */
export function csv(records: readonly LogRecord[]): string {
  const widest = Math.max(1, ...records.map(({ parts }) => parts.length));
  const columns = Array.from({ length: widest }, (_, i) => `part ${i + 1}`);
  const head = ['time', 'socket', 'address', 'direction', ...columns].join(',');
  return `${head}\r\n${lines(records, (it) => row(it), '\r\n')}`;
}

function row({ time, socket, address, direction, parts }: Written): string {
  const texts = parts.map((part) => (typeof part === 'string' ? part : part.base64));
  return [time, socket, address, direction, ...texts].map(cell).join(',');
}

function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function lines(records: readonly LogRecord[], line: (it: Written) => string, end = '\n'): string {
  const all = records.map(written).filter((it) => it !== undefined);
  return all.map((it) => line(it) + end).join('');
}
