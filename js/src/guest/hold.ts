import { textOf } from '../errors.js';
import type { Held, Tools, WorkerOwner, WorkerWish } from '../link/worker.js';
import { Lodging } from './lodging.js';
import { FirstLogin, keyOf } from './login.js';
import { ownWorker, sharedWorker } from './vacancy.js';

/** Has a worker hold a context: one for all tabs if that is wished for, else one of this page. */
export async function hold(wish: WorkerWish, owner: WorkerOwner, tools: Tools): Promise<Held> {
  if (wish.resume !== undefined || wish.WebSocket !== undefined) {
    return { location: { where: 'page', fallback: 'a worker has neither resume nor another WebSocket' } };
  }
  const failures: string[] = [];
  const login = new FirstLogin(owner);
  if (wish.shared) {
    try {
      const key = await keyOf(wish, owner, login);
      const client = await new Lodging(sharedWorker, owner, tools, login).move(key);
      return { client, location: { where: 'shared' } };
    } catch (thrown) {
      failures.push(textOf(thrown));
    }
  }
  if (wish.worker) {
    try {
      const client = await new Lodging(ownWorker, owner, tools, login).move(crypto.randomUUID());
      return { client, location: { where: 'worker', ...fallback(failures) } };
    } catch (thrown) {
      failures.push(textOf(thrown));
    }
  }
  return { location: { where: 'page', ...fallback(failures) } };
}

function fallback(failures: readonly string[]): { fallback?: string } {
  return failures.length === 0 ? {} : { fallback: failures.join('; ') };
}

