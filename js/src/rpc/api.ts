import type { RequestOptions } from '../socket/requests.js';

/** The functions of a server of which nothing is known. */
export type Functions = Record<string, (...args: unknown[]) => unknown>;

/** The functions of a server as a client calls them: each one returns a promise. */
type Remote<Api> = {
  [Name in keyof Api]: Api[Name] extends (...args: infer Args) => infer Value
    ? (...args: Args) => Promise<Awaited<Value>>
    : never;
};

/** The functions of a server, which are also a function that gives them the types of another interface. */
export type RemoteApi<Api extends object> = Remote<Api> & (<Other extends object = Api>(options?: RequestOptions) => Remote<Other>);

/** Named arguments, as the last argument of a function of `api`. */
export class Kwargs<Named extends object = object> {
  readonly named: Named;

  /** @internal */
  constructor(named: Named) {
    this.named = named;
  }
}

/** Marks an object as named arguments: rpc.api.add_user('hugo', kwargs({ admin: true })). */
export function kwargs<Named extends object>(named: Named): Kwargs<Named> {
  return new Kwargs(named);
}

/** Calls a function with arguments. */
type Caller = (
  name: string,
  args: readonly unknown[],
  named: object | null,
  options: RequestOptions | undefined,
) => Promise<unknown>;

/** Makes the functions of a server of a function that calls them by name. */
export function remoteApi<Api extends object>(call: Caller, options?: RequestOptions): RemoteApi<Api> {
  return new Proxy((() => {}) as unknown as RemoteApi<Api>, {
    get: (_target, name) => {
      if (typeof name !== 'string' || name === 'then') return undefined; // await must not take it for a promise
      return (...args: unknown[]) => {
        const last = args.at(-1);
        return last instanceof Kwargs ? call(name, args.slice(0, -1), last.named, options) : call(name, args, null, options);
      };
    },
    apply: (_target, _this, [given]: [RequestOptions?]) => remoteApi(call, given),
  });
}
