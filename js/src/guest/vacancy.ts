import { build } from 'go:wasm_exec';

/** A worker that may hold a context, and a port to it. */
export interface Vacancy {
  readonly port: MessagePort;
  /** Calls fn if its script cannot be loaded. */
  onFailure(fn: (why: Error) => void): void;
  /** The context has left, or was never there. */
  left(): void;
  /** The worker has died, or is of no use. */
  abandon(): void;
}

type URLs = boolean | string | URL;

// Bundlers find the worker by the very words in which it is made here.

/** The worker that all tabs share. Its name keeps apart those of different builds. */
export function sharedWorker(wish: URLs): Vacancy {
  if (typeof SharedWorker === 'undefined') throw new Error('there is no SharedWorker here');
  const worker =
    wish === true
      ? new SharedWorker(new URL('./worker.mjs', import.meta.url), { type: 'module', name: `zmq-web-bridge ${build}` })
      : new SharedWorker(String(wish), { type: 'module', name: `zmq-web-bridge ${build}` });
  return { port: worker.port, onFailure: (fn) => listen(worker, fn), left: () => worker.port.close(), abandon() {} };
}

/** A worker of this page, and how many contexts it holds. */
interface Own {
  readonly worker: Worker;
  contexts: number;
}

/** The workers of this page, by what was wished for. */
const own = new Map<string, Own>();

/** The worker that all contexts of this page share. It ends with the last of them. */
export function ownWorker(wish: URLs): Vacancy {
  if (typeof Worker === 'undefined') throw new Error('there is no Worker here');
  const key = String(wish);
  const it = own.get(key) ?? { worker: newWorker(wish), contexts: 0 };
  own.set(key, it);
  it.contexts++;
  const { port1, port2 } = new MessageChannel();
  it.worker.postMessage(undefined, [port2]);
  const abandon = (): void => {
    if (own.get(key) === it) own.delete(key);
    it.worker.terminate();
  };
  const left = (): void => {
    port1.close();
    if (--it.contexts === 0) abandon();
  };
  return { port: port1, onFailure: (fn) => listen(it.worker, fn), left, abandon };
}

function newWorker(wish: URLs): Worker {
  if (wish !== true) return new Worker(String(wish), { type: 'module' });
  return new Worker(new URL('./worker.mjs', import.meta.url), { type: 'module' });
}

function listen(worker: AbstractWorker, fn: (why: Error) => void): void {
  worker.addEventListener('error', (event) => {
    const { message } = event as { message?: string };
    fn(new Error(message || 'the script of the worker could not be loaded'));
  });
}
