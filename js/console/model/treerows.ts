import type { Topic } from './topic.js';

/** A row of the explorer. One that is pinned is there twice: at the top with its whole name, and in its place. */
export interface TreeRow {
  readonly topic: Topic;
  readonly pin: boolean;
}

/** The rows that are shown: the pinned ones, then the tree as far as it is unfolded, or as far as something in it matches. */
export function treeRows(roots: readonly Topic[], filter: string): TreeRow[] {
  const needle = filter.toLowerCase();
  const pins: TreeRow[] = [];
  const rows: TreeRow[] = [];
  for (const root of roots) collect(root, needle, rows, pins);
  return [...pins, ...rows];
}

/** Adds a node and what is shown below it. Returns whether there is something to show. */
function collect(topic: Topic, needle: string, rows: TreeRow[], pins: TreeRow[]): boolean {
  if (topic.pinned) pins.push({ topic, pin: true });
  const at = rows.length;
  rows.push({ topic, pin: false });
  const matches = topic.parent !== undefined && topic.name.toLowerCase().includes(needle);
  const unfolded = needle !== '' ? true : topic.open;
  let below = false;
  for (const child of topic.sorted) {
    if (unfolded) below = collect(child, needle, rows, pins) || below;
    else collectPins(child, pins);
  }
  const shown = needle === '' || matches || below;
  if (!shown) rows.length = at;
  return shown;
}

function collectPins(topic: Topic, pins: TreeRow[]): void {
  if (topic.pinned) pins.push({ topic, pin: true });
  for (const child of topic.children.values()) collectPins(child, pins);
}
