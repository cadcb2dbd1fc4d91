/** Lets `await using` close what a class makes, where the language has it. */
export function disposable(constructor: { readonly prototype: { close(): unknown } }): void {
  const { prototype } = constructor;
  if (typeof Symbol.asyncDispose !== 'symbol') return;
  const value = async function (this: { close(): unknown }): Promise<void> {
    await this.close();
  };
  Object.defineProperty(prototype, Symbol.asyncDispose, { value, writable: true, configurable: true });
}
