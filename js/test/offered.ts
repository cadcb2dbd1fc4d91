// This file is compiled, but never run. The interfaces that zwb types has written are what a Context takes: what the bridge offers
// compiles, and what it does not offer does not.
import type { Endpoints } from '../../server/cmd/zwb/typescript/testdata/endpoints.js';
import type { Hostile } from '../../server/cmd/zwb/typescript/testdata/hostile.js';
import * as zmq from '../src/module.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_equal: Equal<A, B>): void => {};

export async function offered(): Promise<void> {
  const bridge = new zmq.Context<Endpoints>('wss://host/data');
  const sub = bridge.Socket(zmq.SUB);
  await sub.connect('prices');
  await sub.subscribe('fx.');
  await sub.subscribe('user.bob.');
  await bridge.Socket(zmq.PUSH).connect('jobs-of.today');
  await bridge.Socket(zmq.PULL).connect('jobs-of.today');
  await bridge.Socket(zmq.DEALER).connect('orders');
  const req = bridge.Socket(zmq.REQ);
  await req.connect('calculator');
  const { api } = new zmq.RPCClient<Endpoints['calculator']['functions']>(req);
  same<unknown, Awaited<ReturnType<typeof api.add>>>(true);
  console.log(await api.add(1, 2), await api['rpc.describe']());
  same<Endpoints['prices']['topics'], 'fx.' | 'eq.'>(true);
  // @ts-expect-error there is no such name
  await sub.connect('price');
  // @ts-expect-error at this one there are only REQs
  await sub.connect('calculator');
  // @ts-expect-error and at this one no REQs
  await req.connect('jobs-of.today');
  // @ts-expect-error this user may not call it
  await api.reset();
}

/** Whatever a bridge calls its endpoints, the interface has them all. */
export async function hostile(): Promise<void> {
  const bridge = new zmq.Context<Hostile>('wss://host/data');
  const sub = bridge.Socket(zmq.SUB);
  for (const name of ['new', "a'b", 'a\\', 'a\nb', '*/', '}; }', 'größe', '\u202ea', '😀', '__proto__', ''] as const) await sub.connect(name);
  same<Hostile[keyof Hostile]['types'], 'SUB' | 'REQ'>(true);
  same<Parameters<Hostile['new']['functions']['new']>, unknown[]>(true);
  same<keyof Hostile['constructor']['functions'], 'constructor' | 'x'>(true);
  const described: { [N in keyof Hostile]: zmq.EndpointType } | undefined = undefined;
  console.log(described);
  // @ts-expect-error its types are none that there are
  await sub.connect('of other types');
}
