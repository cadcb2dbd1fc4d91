// This is all of Node that is used here. The types of Node would declare its globals in code that is meant for pages.
declare module 'node:diagnostics_channel' {
  export function subscribe(name: string, listener: (message: unknown) => void): void;
}
declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
declare module 'node:module' {
  export function createRequire(from: string): { resolve(name: string): string };
}
declare module 'node:url' {
  export function pathToFileURL(path: string): URL;
}

// A module that js/build makes, because bundlers have to be told something that a minifier would leave out.
declare module 'build:import' {
  /** Imports the module with a URL, of which bundlers need not know. */
  export function importModule(url: string): Promise<unknown>;
}
