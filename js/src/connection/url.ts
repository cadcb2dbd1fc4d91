import { scriptURL } from '../engine/shared.js';
import { ZmqError } from '../errors.js';

/**
 * The WebSocket URL of a bridge. A relative one counts from the page, http is ws, and none at all is /data on the host
 * that the script came from.
 */
export function bridgeURL(given: string | URL | undefined): string {
  const base = given === undefined ? scriptURL() : globalThis.location?.href;
  const text = String(given ?? '/data');
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (cause) {
    throw new ZmqError('invalid', `${JSON.stringify(text)} is not the URL of a bridge, such as wss://host/data`, { cause });
  }
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new ZmqError('invalid', `${url.href}: a bridge is reached by ws or wss`);
  }
  url.hash = ''; // WebSocket refuses one
  return url.href;
}
