// The entry of worker.mjs. It is the script of the workers that hold contexts, those that a page has for itself and those that all
// tabs of an origin share; and it is a module that a page loads when it wants one, because then it loads one file instead of
// two. Bundlers take the file along as it is.
import { Host } from './host/host.js';

export { hold } from './guest/hold.js';

if (typeof document === 'undefined' && globalThis.location?.href === import.meta.url) {
  const host = new Host();
  const accept = ({ ports }: MessageEvent): void => ports.forEach((port) => host.accept(port));
  Object.assign(globalThis, 'onconnect' in globalThis ? { onconnect: accept } : { onmessage: accept });
}
