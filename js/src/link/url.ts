import { scriptURL } from '../engine/source.js';
import { ZmqError } from '../errors.js';

/**
 * Makes the WebSocket URL of a bridge. A relative URL counts from the page, http stands for ws, and no URL at all for /data
 * on the host that the script came from.
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
  url.hash = ''; // a WebSocket refuses a URL that has one
  return url.href;
}
