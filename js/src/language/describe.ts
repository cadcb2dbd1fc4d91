/** Says what a value is, in a text about what is wrong with it. It never throws, whatever the value is. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return kind === 'Object' ? 'an object' : `an object (${kind})`;
}
