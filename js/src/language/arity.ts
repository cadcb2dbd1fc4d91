/** An arrow function with nothing but names as its parameters: no default, no rest, and no pattern. */
const plainArrow = /^(?:async\b\s*)?(?:([\w$]+)|\(\s*([\w$]+(?:\s*,\s*[\w$]+)*)?\s*\))\s*=>/;

/**
 * How many arguments a function can see at most, where its text tells that for certain, and Infinity elsewhere. An arrow
 * function sees no more than its parameters, because it has no `arguments`.
 */
export function visibleArguments(fn: (...args: never[]) => unknown): number {
  const [all, name, names] = plainArrow.exec(Function.prototype.toString.call(fn)) ?? [];
  if (all === undefined) return Infinity;
  if (name !== undefined) return 1;
  return names === undefined ? 0 : names.split(',').length;
}
