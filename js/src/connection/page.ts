/** Whoever has to know what becomes of the page. */
export interface PageWatcher {
  /**
   * The network is back, the user looks at the page again, or the machine has slept. This is a good moment to connect, or to
   * find out whether the connection is still there.
   */
  awake(): void;
  /** The page is being left, perhaps for ever. */
  left(): void;
  /** The page was not left for ever: it came back, as it was, out of the browser's back/forward cache. */
  returned(): void;
}

/** Watches the page that this code runs in. In a worker or in Node there is no page, and little or nothing happens. */
export function watchPage(watcher: PageWatcher): { cancel(): void } {
  const page = typeof document === 'undefined' ? undefined : document;
  const listeners: [target: EventTarget | undefined, type: string, listener: (event: Event) => void][] = [
    [globalThis, 'online', () => watcher.awake()],
    [page, 'visibilitychange', () => page?.visibilityState === 'visible' && watcher.awake()],
    [globalThis, 'pagehide', () => watcher.left()],
    [globalThis, 'pageshow', (event) => 'persisted' in event && event.persisted && watcher.returned()],
  ];
  for (const [target, type, listener] of listeners) target?.addEventListener?.(type, listener);
  return {
    cancel() {
      for (const [target, type, listener] of listeners) target?.removeEventListener?.(type, listener);
    },
  };
}
