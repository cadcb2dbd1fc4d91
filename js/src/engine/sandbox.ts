/**
 * Makes the object that Go takes for the global object. It inherits everything from the real one. What wasm_exec.js would
 * otherwise add to the page (fs, process, path, Go) is added to this object instead, and so are the properties of own.
 */
export function sandbox(own: Record<string, unknown>): typeof globalThis {
  const object = Object.create(globalThis) as typeof globalThis;
  const define = (name: string, value: unknown): unknown =>
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
  define('globalThis', object);
  define('fs', fileSystem());
  define('process', { pid: -1, ppid: -1, getuid: none, getgid: none, geteuid: none, getegid: none });
  define('path', { resolve: (...segments: string[]) => segments.join('/') });
  // On the real global object these are getters, which throw "Illegal invocation" when another object inherits them.
  define('crypto', globalThis.crypto);
  define('performance', globalThis.performance);
  define('TextEncoder', TextEncoder);
  define('TextDecoder', TextDecoder);
  for (const [name, value] of Object.entries(own)) define(name, value);
  return object;
}

const none = (): number => -1;

/** A file system of standard error alone. What Go writes there when it dies goes to the console, line by line. */
function fileSystem(): object {
  const decoder = new TextDecoder();
  let line = '';
  return {
    constants: { O_WRONLY: -1, O_RDWR: -1, O_CREAT: -1, O_TRUNC: -1, O_APPEND: -1, O_EXCL: -1, O_DIRECTORY: -1 },
    writeSync(_fd: number, bytes: Uint8Array): number {
      const lines = (line + decoder.decode(bytes)).split('\n');
      line = lines.pop() ?? '';
      if (lines.length > 0) console.error(lines.join('\n'));
      return bytes.length;
    },
  };
}
