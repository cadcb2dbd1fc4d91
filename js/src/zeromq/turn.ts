/** How many messages go through in one turn of the event loop. */
const most = 500;

let count = 0;

/**
 * Lets other code have its turn now and then. A loop that awaits nothing but what is there at once would keep a page from
 * being drawn.
 */
export function turn(): Promise<void> | undefined {
  if (++count < most) return undefined;
  count = 0;
  return new Promise((resolve) => setTimeout(resolve));
}
