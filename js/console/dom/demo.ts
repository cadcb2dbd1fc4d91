import { type Kind, kinds } from '../model/kind.js';

/** Where the demo has a service of this kind, which is also an address as one would type it. The bridge that serves the
 * page says in it which ports its demo has. */
export function demoAddress(kind: Kind): string {
  const first = document.querySelector<HTMLMetaElement>('meta[name="demo-port"]')?.content;
  return `tcp://127.0.0.1:${Number(first ?? 10001) + kinds[kind].demo}`;
}
