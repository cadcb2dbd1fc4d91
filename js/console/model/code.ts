import type { Opening } from './opening.js';

/** A value as JavaScript writes it. Nothing in it ends a script element. */
export function literal(value: unknown): string {
  if (value instanceof Uint8Array) return `Uint8Array.of(${[...value].join(', ')})`;
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** The line that connects a socket, which is in the variable of this name. */
export function connecting(name: string, { address, params, bind }: Opening): string {
  const also = Object.keys(params).length > 0 ? `, ${literal(params)}` : '';
  return `await ${name}.${bind ? 'bind' : 'connect'}(${literal(address)}${also})`;
}

/** The code that is to stand in a page, around what one socket needs. url is the WebSocket address of the bridge. */
export function wholePage(url: string, body: string): string {
  const client = new URL('zmq.js', url.replace(/^ws/, 'http'));
  return `<script src="${client}"></script>
<script type="module">
const context = new zmq.Context(${literal(url)})
${body}
</script>
`;
}
