import { Latencies } from './latencies.js';
import { Log } from './log.js';
import { Timeline } from './timeline.js';
import { Topics } from './topics.js';
import { type Source, Traffic } from './traffic.js';

/** How many sockets have a histogram of their own. */
const MOST_SOURCES = 50;

/** All that was seen of the traffic, each kind of it within its bounds. */
export class Observations {
  readonly traffic = new Traffic();
  readonly log = new Log(this.traffic);
  readonly topics = new Topics();
  readonly timeline = new Timeline();
  /** How long answers took: all of them, and by socket. */
  readonly latencies = new Latencies();
  readonly bySource = new Map<Source, Latencies>();

  /** A socket got its answer after so many milliseconds. */
  answered(source: Source, ms: number): void {
    this.latencies.add(ms);
    let own = this.bySource.get(source);
    if (own === undefined && this.bySource.size < MOST_SOURCES) this.bySource.set(source, (own = new Latencies()));
    own?.add(ms);
  }

  /** Forgets all. */
  clear(): void {
    this.log.clear();
    this.topics.clear();
    this.timeline.clear();
    this.latencies.clear();
    this.bySource.clear();
  }

  /** Forgets what belongs to a socket that is gone. What it said stays in the log, and its answers in the sum. */
  drop(source: Source): void {
    this.topics.drop(source);
    this.bySource.delete(source);
  }
}
