/** The name under which an object has itself. */
const itself = Symbol('itself');

/**
 * Lets an object find itself behind a Proxy. State libraries wrap what a page gives them in one, and the #private members
 * of a class are not to be had through that.
 */
export function knowItself(object: object): void {
  Object.defineProperty(object, itself, { value: object });
}

/**
 * Lets the methods of a class work behind a Proxy: they are called on the object itself, if that was told to know itself.
 * name is what Object.prototype.toString says of its objects. That name, and the mark of Vue, keep Vue from making a Proxy
 * in the first place: nothing in a socket is for a template to watch.
 */
export function proxied(constructor: { readonly prototype: object }, name: string): void {
  const { prototype } = constructor;
  for (const key of Reflect.ownKeys(prototype)) {
    if (key === 'constructor') continue;
    const property = Object.getOwnPropertyDescriptor(prototype, key) ?? {};
    for (const part of ['value', 'get', 'set'] as const) {
      if (typeof property[part] === 'function') property[part] = onItself(property[part] as Method);
    }
    Object.defineProperty(prototype, key, property);
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  Object.defineProperty(prototype, '__v_skip', { value: true, configurable: true });
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

function onItself(method: Method): Method {
  return Object.defineProperty(
    function (this: unknown, ...args: unknown[]): unknown {
      return method.apply((this as { [itself]?: unknown })[itself] ?? this, args);
    },
    'name',
    { value: method.name },
  );
}
