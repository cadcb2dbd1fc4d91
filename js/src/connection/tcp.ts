import { subscribe } from 'node:diagnostics_channel';
import type { TCP } from './wire.js';

/** The net.Socket below a WebSocket. */
interface Socket extends TCP {
  readonly localAddress: string;
  readonly localPort: number;
  once(event: 'close', listener: () => void): void;
}

const keyOf = (address: string, port: number): string => `${address} ${port}`;

/**
 * Node's own WebSocket cannot be told to end without an answer of the other end, and runs the process until there is one. But
 * Node tells of each connection that it makes, and then on which one a WebSocket opens, just before that one says so.
 * https://undici.nodejs.org/#/docs/api/DiagnosticsChannel
 *
 * The result returns the connection of the WebSocket that opens at this moment; it is undefined where Node does not tell.
 */
export function watchTCP(): () => TCP | undefined {
  const all = new Map<string, Socket>();
  let opening: string | undefined;
  subscribe('undici:client:connected', (message) => {
    const { socket } = message as { socket: Socket };
    const key = keyOf(socket.localAddress, socket.localPort);
    all.set(key, socket);
    socket.once('close', () => all.delete(key));
  });
  subscribe('undici:websocket:open', (message) => {
    const { address } = message as { address: { address: string; port: number } };
    opening = keyOf(address.address, address.port);
    queueMicrotask(() => (opening = undefined));
  });
  return () => (opening === undefined ? undefined : all.get(opening));
}
