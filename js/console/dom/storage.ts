import { Templates } from '../model/templates.js';

/** What the browser keeps for this page; undefined where it must not keep anything. */
export function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

/** The messages that are kept, for all cards. */
export const templates = new Templates(storage());
