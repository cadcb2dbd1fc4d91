/** The type of a class that may also be called without `new`, as every constructor of this library could be in 2012. */
type Callable<C extends new (...args: never[]) => object> = C &
  ((...args: ConstructorParameters<C>) => InstanceType<C>);

/** Makes a class callable without `new`. */
export function callable<C extends new (...args: never[]) => object>(constructor: C): Callable<C> {
  return new Proxy(constructor, {
    apply: (target, _this, args) => Reflect.construct(target, args) as object,
  }) as Callable<C>;
}
