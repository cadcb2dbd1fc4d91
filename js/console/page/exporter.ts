import { el, find } from '../dom/element.js';
import { count, millis, size } from '../dom/format.js';
import { say } from '../dom/text.js';
import type { Log, LogRecord } from '../model/log.js';
import { csv, jsonLines } from '../model/records.js';
import { MOST_RECORDED, Recording } from '../model/recording.js';

/** Writes messages into files: those that are listed, as lines of JSON or as a table; and all from now on, as a recording. */
export class Exporter {
  readonly #log: Log;
  readonly #record = find('record');
  readonly #menu = find('exports', HTMLDetailsElement);

  /** listed gives the records that somebody sees. */
  constructor(log: Log, listed: () => readonly LogRecord[]) {
    this.#log = log;
    const save = (name: string, type: string, text: (records: readonly LogRecord[]) => string): void => {
      this.#menu.open = false;
      download([text(listed())], `messages-${stamp()}.${name}`, type);
    };
    find('export-jsonl').addEventListener('click', () => save('jsonl', 'application/jsonl', jsonLines));
    find('export-csv').addEventListener('click', () => save('csv', 'text/csv', csv));
    this.#record.addEventListener('click', () => this.toggle());
  }

  readonly toggle = (): void => {
    const { recording } = this.#log;
    this.#log.recording = recording === undefined ? new Recording() : undefined;
    this.#record.setAttribute('aria-pressed', String(recording === undefined));
    if (recording !== undefined && recording.messages > 0) {
      download(recording.file, `recording-${stamp()}.jsonl`, 'application/jsonl');
    }
    this.tick();
  };

  /** Says how large the recording is by now. */
  tick(): void {
    const { recording } = this.#log;
    if (recording === undefined) {
      say(this.#record, 'Record');
      this.#record.title = `Record all messages, up to ${size(MOST_RECORDED)} of text (r)`;
      return;
    }
    const { messages, missing, since } = recording;
    say(this.#record, `Stop and save ${count(messages)}`);
    const also = missing > 0 ? `; ${count(missing)} more found no room` : '';
    this.#record.title = `${size(recording.size)} in ${millis(Date.now() - since)}${also}`;
  }
}

function stamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(':', '-');
}

function download(pieces: string[], name: string, type: string): void {
  const href = URL.createObjectURL(new Blob(pieces, { type }));
  el('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
