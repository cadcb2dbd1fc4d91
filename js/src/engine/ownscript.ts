/** A URL in the text of a stack, up to the line and column behind it. */
const position = /(?:blob:)?(?:https?|file):\/\/[^\s()]+?(?=:\d+(?::\d+)?(?:[)\s]|$))/;

/**
 * Finds the URL of the script that is running now for the first time. The script element says so where there is one. A
 * worker has no document, and its location is that of the script that it began with; but the stack of an error names the
 * script that the error was made in, wherever that was loaded from.
 */
export function ownScript(): string | undefined {
  const element: Element | null = typeof document === 'undefined' ? null : document.currentScript;
  if (element !== null && 'src' in element && element.src !== '') return String(element.src);
  return position.exec(new Error('where').stack ?? '')?.[0] ?? globalThis.location?.href;
}

/**
 * Where the dev server of Vite has a file of the package: it makes one file of what a package consists of, and puts that into a folder of
 * its own, but the package is served too. Throws elsewhere.
 */
export function besideVite(script: string | undefined, file: string): string {
  const [, root] = /^(.*?\/)(?:node_modules\/)?\.vite\//.exec(script ?? '') ?? [];
  if (root === undefined) throw new Error('this is not Vite');
  return `${root}node_modules/zmq-web-bridge/dist/${file}`;
}
