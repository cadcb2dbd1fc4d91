import { find } from '../dom/element.js';
import { count } from '../dom/format.js';
import { say } from '../dom/text.js';
import type { Observations } from '../model/observations.js';
import { MOST_RECORDED } from '../model/recording.js';
import { Replay } from '../model/replay.js';

/** How often it plays what is due, in milliseconds, and how many messages at a time: the page stays free for who looks at it. */
const STEP = 50;
const MOST = 2000;

/** Plays a recording from a file, with or without a connection: everything is shown as when it came. */
export class Player {
  readonly #observed: Observations;
  readonly #failed: () => void;
  readonly #file = find('play-file', HTMLInputElement);
  readonly #stop = find('stop-playing');
  readonly #speed = find('speed', HTMLSelectElement);
  #replay: Replay | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Milliseconds of the recording that are over. */
  #at = 0;

  /** failed is called when a file cannot be played, which the log says. */
  constructor(observed: Observations, failed: () => void) {
    this.#observed = observed;
    this.#failed = failed;
    find('play').addEventListener('click', () => {
      find('exports', HTMLDetailsElement).open = false;
      this.#file.click();
    });
    this.#file.addEventListener('change', () => void this.#load());
    this.#stop.addEventListener('click', () => this.#end());
  }

  async #load(): Promise<void> {
    const file = this.#file.files?.[0];
    if (file === undefined) return;
    this.#end();
    try {
      if (file.size > 4 * MOST_RECORDED) throw new Error('it is larger than a recording can be');
      this.#replay = new Replay(await file.text(), this.#observed);
    } catch (why) {
      const source = { name: 'Recording', kind: 'SUB', address: file.name, seen: 0, gone: true } as const;
      this.#observed.log.note(source, `${file.name} cannot be played: ${why instanceof Error ? why.message : String(why)}`, 'bad');
      this.#failed();
    }
    this.#file.value = ''; // the same file may be chosen again
    if (this.#replay === undefined) return;
    this.#at = 0;
    let before = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#at += (now - before) * Number(this.#speed.value);
      before = now;
      this.#step();
    }, STEP);
    this.#step();
  }

  #step(): void {
    const replay = this.#replay;
    if (replay === undefined) return;
    replay.advance(this.#at, MOST);
    if (replay.done === 1) clearInterval(this.#timer);
    this.#speed.hidden = replay.done === 1;
    this.#stop.hidden = false;
    say(this.#stop, replay.done === 1 ? 'Close the recording' : `Stop playing: ${Math.floor(100 * replay.done)} %`);
    this.#stop.title = `${count(replay.messages)} messages were recorded`;
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#replay?.end();
    this.#replay = undefined;
    this.#stop.hidden = this.#speed.hidden = true;
  }
}
