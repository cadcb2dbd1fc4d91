/** A Web Lock that a page or a worker holds for as long as it lives, so that others are told of its death, whatever it dies of. */
export class Presence {
  readonly name: string;
  #release: (() => void) | undefined;

  private constructor(name: string) {
    this.name = name;
  }

  /** Takes a lock that nobody else has. Rejects where there are no locks. */
  static async begin(): Promise<Presence> {
    const presence = new Presence(`zmq-web-bridge ${crypto.randomUUID()}`);
    await new Promise<void>((resolve, reject) => {
      const held = new Promise<void>((release) => (presence.#release = release));
      const granted = (): Promise<void> => {
        resolve();
        return held;
      };
      locks().request(presence.name, granted).catch(reject);
    });
    return presence;
  }

  end(): void {
    this.#release?.();
  }
}

/** Calls fn when nobody holds the lock any more, unless that was taken back. */
export function whenGone(name: string, fn: () => void): { cancel(): void } {
  const abort = new AbortController();
  const gone = (): void => {
    if (!abort.signal.aborted) fn();
  };
  locks()
    .request(name, { signal: abort.signal }, gone)
    .catch(() => {}); // it was taken back
  return { cancel: () => abort.abort() };
}

function locks(): LockManager {
  const { locks } = navigator as { locks?: LockManager };
  if (locks === undefined) throw new Error('there are no Web Locks here: the page is not of a secure origin');
  return locks;
}
