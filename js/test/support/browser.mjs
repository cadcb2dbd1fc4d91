/** Lets the client find a window, as if it ran in a page in a browser. */
export function browser(t, { storage = new Map() } = {}) {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const navigator = { onLine: true };
  define(t, {
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    document,
    navigator,
    sessionStorage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => storage.set(key, String(value)),
      removeItem: (key) => storage.delete(key),
    },
  });
  return {
    storage,
    online(is) {
      navigator.onLine = is;
      window.dispatchEvent(new Event(is ? 'online' : 'offline'));
    },
    visible(is) {
      document.visibilityState = is ? 'visible' : 'hidden';
      document.dispatchEvent(new Event('visibilitychange'));
    },
    hide: (persisted = false) => window.dispatchEvent(Object.assign(new Event('pagehide'), { persisted })),
    show: (persisted = true) => window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted })),
  };
}

export function define(t, globals) {
  for (const [name, value] of Object.entries(globals)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => (before === undefined ? delete globalThis[name] : Object.defineProperty(globalThis, name, before)));
  }
}
