/** A function that a remote caller may reach. */
type Method = (...args: unknown[]) => unknown;

/**
 * Finds the function of a server that a caller names. It is one of the object itself, or of a prototype between the object
 * and base. What base or Object has cannot be called, nor anything that begins with _, nor a guard: can_x, if there is an x.
 */
export function findMethod(server: object, base: object, name: string): Method | undefined {
  if (name.startsWith('_') || name === 'constructor') return undefined;
  if (name.startsWith(guard) && ownMethod(server, base, name.slice(guard.length)) !== undefined) return undefined;
  return ownMethod(server, base, name);
}

/** Finds the guard of a function: it is called with the same arguments, and tells whether the call is allowed. */
export function findGuard(server: object, base: object, name: string): Method | undefined {
  return ownMethod(server, base, guard + name);
}

/** What the name of a guard begins with. */
const guard = 'can_';

function ownMethod(server: object, base: object, name: string): Method | undefined {
  for (let object = server; object !== base && object !== Object.prototype; ) {
    const property = Object.getOwnPropertyDescriptor(object, name);
    if (property !== undefined) return typeof property.value === 'function' ? (property.value as Method) : undefined;
    const parent: unknown = Object.getPrototypeOf(object);
    if (parent === null) return undefined;
    object = parent as object;
  }
  return undefined;
}

/** Tells whether a list of names has this name. Where there is no list, every name is in it. */
export function isListed(names: readonly string[] | null | undefined, name: string): boolean {
  return names === null || names === undefined || names.includes(name);
}
