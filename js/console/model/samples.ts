import { fieldsOf, MOST_FIELDS } from './fields.js';
import type { Part } from './part.js';
import { valueOf } from './value.js';

/** How many samples of each number are kept. At four a second that is five minutes. */
export const MOST_SAMPLES = 1200;

/** One number of a topic over time, the oldest sample first. */
export interface Line {
  readonly times: number[];
  readonly values: number[];
}

/** The numbers in the messages of a topic, over time. A part is a sample when the topic is settled, not with every message. */
export class Samples {
  readonly lines = new Map<string, Line>();

  take(parts: readonly Part[], when: number): void {
    for (const [i, part] of parts.entries()) {
      const value = i === 0 && parts.length > 1 ? undefined : valueOf(part); // the topic is no number, whatever it looks like
      for (const [path, number] of fieldsOf(value)) {
        const place = parts.length > 2 ? `${i + 1}: ${path}` : path;
        this.#add(place || 'value', number, when);
      }
    }
  }

  #add(name: string, value: number, when: number): void {
    let line = this.lines.get(name);
    if (line === undefined) {
      if (this.lines.size >= MOST_FIELDS) return;
      this.lines.set(name, (line = { times: [], values: [] }));
    }
    line.times.push(when);
    line.values.push(value);
    if (line.times.length > MOST_SAMPLES) {
      line.times.shift();
      line.values.shift();
    }
  }
}
