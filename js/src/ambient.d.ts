// All that is used of Node; its types would put Node's globals in scope of code for pages.
declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
