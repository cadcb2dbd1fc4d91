import { Frame } from '../frame.js';
import { Result } from './abi.js';
import type { Memory } from './memory.js';

/** One thing that happened: core.Event. */
export interface EngineEvent {
  readonly kind: number; // of EventKind
  readonly code: number;
  readonly remote: boolean;
  readonly socket: number;
  readonly id: number; // endpoint, subscription or request
  readonly count: number; // messages missed, or milliseconds
  readonly text: string;
  readonly parts: Frame[]; // views of the bytes that were fed
}

/** Words of a record before its parts (wasm/plan_js.go). */
const header = 8;

const noParts: Frame[] = [];
const noBytes = new ArrayBuffer(0);

/**
 * Reads the plan that the last call left. All of it is taken out of linear memory before anything is dispatched: what
 * the page does next may call the engine again.
 */
export function readPlan(memory: Memory, fed: ArrayBuffer = noBytes): EngineEvent[] {
  const count = memory.result(Result.PlanWords);
  if (count === 0) return [];
  const text = memory.result(Result.Text);
  const words = memory.words(memory.result(Result.Plan), count);
  const events: EngineEvent[] = [];
  for (let at = 0; at < count; ) {
    const head = words[at]!;
    const size = words[at + 6]!;
    const partCount = words[at + 7]!;
    events.push({
      kind: head & 0xff,
      code: (head >>> 8) & 0xff,
      remote: head >>> 16 !== 0,
      socket: words[at + 1]!,
      id: words[at + 3]! * 2 ** 32 + words[at + 2]!,
      count: words[at + 4]!,
      text: size === 0 ? '' : memory.text(text + words[at + 5]!, size),
      parts: partCount === 0 ? noParts : readParts(words, at + header, partCount, fed),
    });
    at += header + 2 * partCount;
  }
  return events;
}

function readParts(words: Uint32Array, at: number, count: number, fed: ArrayBuffer): Frame[] {
  const parts = new Array<Frame>(count);
  for (let i = 0; i < count; i++, at += 2) parts[i] = new Frame(fed, words[at]!, words[at + 1]!);
  return parts;
}
