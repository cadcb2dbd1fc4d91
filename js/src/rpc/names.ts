/** A function that a remote caller may reach. */
type Method = (...args: unknown[]) => unknown;

/**
 * Finds what a caller's name means on a server: a function of the object itself, or of a prototype before base. Nothing
 * that base or Object brings can be called, nothing that begins with _, and no guard (can_x beside x).
 */
export function findMethod(server: object, base: object, name: string): Method | undefined {
  if (name.startsWith('_') || name === 'constructor') return undefined;
  if (name.startsWith(guard) && ownMethod(server, base, name.slice(guard.length)) !== undefined) return undefined;
  return ownMethod(server, base, name);
}

/** Finds the function that is asked whether a call is allowed, with the arguments of the call. */
export function findGuard(server: object, base: object, name: string): Method | undefined {
  return ownMethod(server, base, guard + name);
}

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

/** Tells whether a list of names, if there is one, has this name. */
export function isListed(names: readonly string[] | null | undefined, name: string): boolean {
  return names === null || names === undefined || names.includes(name);
}
