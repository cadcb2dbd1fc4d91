/** A class that can be called without new, as every constructor here could in 2012. */
export type Callable<C extends new (...args: never[]) => object> = C &
  ((...args: ConstructorParameters<C>) => InstanceType<C>);

export function callable<C extends new (...args: never[]) => object>(constructor: C): Callable<C> {
  return new Proxy(constructor, {
    apply: (target, _this, args) => Reflect.construct(target, args) as object,
  }) as Callable<C>;
}
