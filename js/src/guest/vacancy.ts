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

// The script of the workers is the file that this stands in.

/** The worker that all tabs share. Its name keeps apart those of different builds. */
export function sharedWorker(): Vacancy {
  if (typeof SharedWorker === 'undefined') throw new Error('there is no SharedWorker here');
  const worker = new SharedWorker(import.meta.url, { type: 'module', name: `zmq-web-bridge ${build}` });
  return { port: worker.port, onFailure: (fn) => listen(worker, fn), left: () => worker.port.close(), abandon() {} };
}

/** A worker of this page, and how many contexts it holds. */
interface Own {
  readonly worker: Worker;
  contexts: number;
}

let own: Own | undefined;

/** The worker that all contexts of this page share. It ends with the last of them. */
export function ownWorker(): Vacancy {
  if (typeof Worker === 'undefined') throw new Error('there is no Worker here');
  const it = (own ??= { worker: new Worker(import.meta.url, { type: 'module' }), contexts: 0 });
  it.contexts++;
  const { port1, port2 } = new MessageChannel();
  it.worker.postMessage(undefined, [port2]);
  const abandon = (): void => {
    if (own === it) own = undefined;
    it.worker.terminate();
  };
  const left = (): void => {
    port1.close();
    if (--it.contexts === 0) abandon();
  };
  return { port: port1, onFailure: (fn) => listen(it.worker, fn), left, abandon };
}

function listen(worker: AbstractWorker, fn: (why: Error) => void): void {
  worker.addEventListener('error', (event) => {
    const { message } = event as { message?: string };
    fn(new Error(message || 'the script of the worker could not be loaded'));
  });
}
