/** Lets `await using` close the objects of a class. Does nothing where the language does not have that yet. */
export function disposable(constructor: { readonly prototype: { close(): unknown } }): void {
  const { prototype } = constructor;
  if (typeof Symbol.asyncDispose !== 'symbol') return;
  const value = async function (this: { close(): unknown }): Promise<void> {
    try {
      await this.close();
    } catch {
      // close could not tell what became of something, and here nobody asks
    }
  };
  Object.defineProperty(prototype, Symbol.asyncDispose, { value, writable: true, configurable: true });
}
