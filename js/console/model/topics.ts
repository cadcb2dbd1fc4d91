import { KEEP, type Payload } from './part.js';
import { second } from './ring.js';
import { Topic } from './topic.js';
import { pieces, topicOf } from './topicname.js';
import type { Source } from './traffic.js';

/** What a page remembers of topics at most. Beyond it, it counts. */
export const MOST_TOPICS = 5000;
export const MOST_BYTES = 32 << 20;

/** What is kept of each part once the bytes are used up. */
const LITTLE = 256;

/** After so many messages the topics are settled, even if nothing was drawn: a hidden page draws nothing. */
const MOST_UNSETTLED = 4096;

/** So many branches are unfolded when they appear; those that come later stay folded. */
const UNFOLDED = 40;

/** What came of a topic since it was settled last. */
interface Fresh {
  readonly topic: Topic;
  messages: number;
  bytes: number;
  parts: Payload;
}

/** The topics of one socket. */
interface Root {
  readonly source: Source;
  readonly node: Topic;
  readonly byName: Map<string, Fresh>;
}

/**
 * The topics that sockets receive, as a tree: below each socket the pieces of their names. What a message costs is a count;
 * all else is done when the topics are settled, a few times a second, however many messages there were.
 */
export class Topics {
  /** Messages whose topics are not remembered, because there are too many. */
  overflow = 0;
  /** Bytes that are kept of last messages. */
  kept = 0;
  /** Topics, and all nodes of the tree. */
  topics = 0;
  nodes = 0;
  /** Changes when a topic was added or removed. */
  version = 0;
  readonly #roots = new Map<Source, Root>();
  #fresh: Fresh[] = [];
  #unsettled = 0;

  /** The sockets, each with its topics below. */
  get roots(): readonly Topic[] {
    return Array.from(this.#roots.values(), ({ node }) => node);
  }

  source(root: Topic): Source | undefined {
    return [...this.#roots.values()].find(({ node }) => node === root)?.source;
  }

  receive(source: Source, parts: Payload, bytes: number): void {
    const root = this.#roots.get(source) ?? this.#root(source);
    const name = topicOf(parts);
    const fresh = root.byName.get(name) ?? this.#add(root, name);
    if (fresh === undefined) {
      this.overflow++;
      return;
    }
    if (fresh.messages++ === 0) this.#fresh.push(fresh);
    fresh.bytes += bytes;
    fresh.parts = parts;
    if (++this.#unsettled >= MOST_UNSETTLED) this.settle();
  }

  #root(source: Source): Root {
    const node = new Topic(undefined, source.name, '', second());
    node.open = true;
    const root = { source, node, byName: new Map<string, Fresh>() };
    this.#roots.set(source, root);
    this.nodes++;
    this.version++;
    return root;
  }

  #add(root: Root, name: string): Fresh | undefined {
    if (this.topics >= MOST_TOPICS || this.nodes >= 2 * MOST_TOPICS) return undefined;
    let node = root.node;
    for (const piece of pieces(name)) node = node.children.get(piece) ?? this.#branch(node, piece);
    const fresh: Fresh = { topic: node, messages: 0, bytes: 0, parts: [] };
    root.byName.set(name, fresh);
    this.topics++;
    this.version++;
    return fresh;
  }

  #branch(parent: Topic, piece: string): Topic {
    const node = new Topic(parent, piece, parent.name + piece, second());
    node.open = this.nodes < UNFOLDED;
    parent.add(node);
    this.nodes++;
    return node;
  }

  /** Takes over what came since the last time. */
  settle(): void {
    const now = second();
    const when = Date.now();
    for (const fresh of this.#fresh) {
      const { topic, messages, bytes, parts } = fresh;
      topic.own += messages;
      for (let node: Topic | undefined = topic; node !== undefined; node = node.parent)
        node.tally(messages, bytes, now);
      this.kept -= topic.kept;
      topic.keep(parts, when, this.kept < MOST_BYTES ? KEEP : LITTLE);
      this.kept += topic.kept;
      topic.samples?.take(topic.parts, when);
      fresh.messages = fresh.bytes = 0;
      fresh.parts = []; // what arrived with it is not to stay in memory for its sake
    }
    this.#fresh = [];
    this.#unsettled = 0;
  }

  /** Forgets all topics. */
  clear(): void {
    this.#roots.clear();
    this.#fresh = [];
    this.kept = this.topics = this.nodes = this.overflow = this.#unsettled = 0;
    this.version++;
  }

  /** Forgets those of a socket. */
  drop(source: Source): void {
    this.settle();
    const root = this.#roots.get(source);
    if (root === undefined) return;
    this.#roots.delete(source);
    for (const node of nodesOf(root.node)) {
      this.nodes--;
      this.kept -= node.kept;
    }
    this.topics -= root.byName.size;
    this.version++;
  }
}

/** A node and all below it. */
export function* nodesOf(node: Topic): Generator<Topic> {
  yield node;
  for (const child of node.children.values()) yield* nodesOf(child);
}
