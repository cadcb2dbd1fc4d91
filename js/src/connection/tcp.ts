import { subscribe } from 'node:diagnostics_channel';

/** What is used of the net.Socket below a WebSocket. */
interface TCP {
  readonly localAddress: string;
  readonly localPort: number;
  destroy(): void;
  once(event: 'close', listener: () => void): void;
}

const keyOf = (address: string, port: number): string => `${address} ${port}`;

/**
 * Node's own WebSocket cannot be told to end without an answer of the other end, and runs the process until there is one. But
 * Node tells of each connection that it makes, and then on which one a WebSocket opens, just before that one says so.
 * https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
 *
 * The result ends the connection of the WebSocket that opens at this moment; it is undefined where Node does not tell.
 */
export function watchTCP(): () => (() => void) | undefined {
  const all = new Map<string, TCP>();
  let opening: string | undefined;
  subscribe('undici:client:connected', (message) => {
    const { socket } = message as { socket: TCP };
    const key = keyOf(socket.localAddress, socket.localPort);
    all.set(key, socket);
    socket.once('close', () => all.delete(key));
  });
  subscribe('undici:websocket:open', (message) => {
    const { address } = message as { address: { address: string; port: number } };
    opening = keyOf(address.address, address.port);
    queueMicrotask(() => (opening = undefined));
  });
  return () => {
    const tcp = opening === undefined ? undefined : all.get(opening);
    return tcp && (() => tcp.destroy());
  };
}
