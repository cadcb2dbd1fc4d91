// This file is compiled, but never run. It uses the API as a program in TypeScript does.
import zmq, { Context, type CredentialsQuery, type CredentialsReason, type Frame, type Kwargs, kwargs, type Position, RPCClient, RPCServer, PubRPCServer, type RequestOptions, ZmqError } from '../src/module.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_equal: Equal<A, B>): void => {};

interface Api {
  add(a: number, b: number): number;
  later(name: string): Promise<string[]>;
}

export async function use(): Promise<void> {
  const context = new zmq.Context('wss://host/data', { getCredentials: async () => ({ token: 'x' }), requestTimeout: 1000 });
  const bare: Context = zmq.Context();
  void new zmq.Context('wss://host/data', {
    getToken: async ({ reason, signal }) => {
      same<typeof reason, CredentialsReason>(true);
      same<CredentialsReason, 'connect' | 'expired' | 'refused'>(true);
      return (await fetch('/token', { signal })).text();
    },
  });
  const query = ({ reason }: CredentialsQuery): string => reason;
  void new zmq.Context('wss://host/data', { getToken: query });
  void new zmq.Context('wss://host/data', { token: 'x' });
  // @ts-expect-error a token is a string
  void new zmq.Context('wss://host/data', { token: 1 });
  // @ts-expect-error likewise, and there may be none
  void new zmq.Context('wss://host/data', { getToken: async () => undefined });
  bare.on('status', ({ state, code, reason, resumed }) => console.log(state, code, reason, resumed));
  bare.on('resumed', () => console.log('nothing was lost')).on('reset', ({ code, reason }) => console.log(code, reason));
  bare.on('gap', ({ socket, missed, code }) => console.log(socket.type, missed, code));
  void new zmq.Context(undefined, { resume: 'refresh' });
  await context.ready({ timeout: 100, signal: new AbortController().signal });

  const req = context.Socket(zmq.REQ, { requestTimeout: 5, identity: 'me' });
  await req.connect('tcp://a:1', { user: 'hugo' });
  const options: RequestOptions = { timeout: 1, idempotent: true };
  const [body] = await req.request(['text', new Uint8Array(1), new ArrayBuffer(1), 1, null], options);
  same<typeof body, Frame | undefined>(true);
  console.log(body?.json<{ a: number }>().a, body?.string(), body?.bytes().buffer, String(body));
  void req.send('x', (text, error) => console.log(text?.length, error));
  // @ts-expect-error an object is no message
  void req.request({ a: 1 });
  // @ts-expect-error there is no such type
  context.Socket(11);
  await context.drain({ timeout: 1 });
  for await (const { state } of context.watch({ signal: new AbortController().signal })) console.log(state satisfies string);
  const why: ZmqError | undefined = await context.ended;
  console.log(why?.retryable, context.unref().stats().received + (await context.rtt()));

  const sub = new context.Socket(zmq.SUB);
  sub.onmessage = function (text, parts) {
    console.log(this.identity, text.length, parts.length);
  };
  sub.subscribe('a', new Uint8Array(1));
  sub.unsubscribe('a');
  sub.subscribe('a', 'b', { overflow: 'conflate', rate: 20 });
  sub.subscribe({ overflow: 'drop-oldest' });
  // @ts-expect-error there is no such policy
  sub.subscribe('a', { overflow: 'newest' });
  context.Socket(zmq.SUB, { overflow: 'close', rate: 1 });
  const position: Position | undefined = sub.position('tcp://a:1');
  void sub.connect('tcp://a:1', {}, { since: position });
  sub.on('conflated', ({ missed }) => console.log(missed)).on('recovered', ({ messages }) => console.log(messages));
  console.log((await sub.receive()).recovered);
  sub.on('gap', ({ missed, code }) => console.log(missed + 1, code === 'busy')).on('error', (why) => console.log(why.code));
  for await (const [topic, message] of sub) console.log(String(topic), message?.length);
  for await (const parts of sub.messages({ signal: new AbortController().signal })) console.log(parts.length);

  const rpc = new RPCClient<Api>(req);
  same<Promise<number>, ReturnType<typeof rpc.api.add>>(true);
  same<Promise<string[]>, ReturnType<typeof rpc.api.later>>(true);
  // @ts-expect-error a number is wanted
  void rpc.api.add('1', 2);
  const sum = await rpc.call<number>('add', [1, 2], { carry: true }, { timeout: 1 });
  console.log(sum + 1, await zmq.RPCClient(req).api['anything']?.());
  interface Users {
    add_user(name: string, named: Kwargs<{ admin: boolean }>): Promise<number>;
  }
  const users = rpc.api<Users>({ timeout: 1000 });
  same<Promise<number>, ReturnType<typeof users.add_user>>(true);
  void users.add_user('hugo', kwargs({ admin: true }));
  // @ts-expect-error named arguments are marked as such
  void users.add_user('hugo', { admin: true });
  // @ts-expect-error there is no such function
  void users.remove_user('hugo');
  const { functions } = await rpc.describe();
  console.log(functions[0]?.params?.[0]?.name, functions[0]?.stream);
  rpc.rpc('echo', 'hello!', {}, (value, error) => console.log(value, error));

  class Server extends RPCServer {
    add(a: number, b: number): number {
      return a + b;
    }
  }
  const server = new Server(context.Socket(zmq.REP));
  server.authorized_functions = ['add'];
  const Published = PubRPCServer();
  Published.prototype['add'] = (a: number, b: number) => a + b;
  new Published(sub);

  try {
    await req.ready();
  } catch (why) {
    if (why instanceof ZmqError && why.code === 'denied') console.log(why.remote);
  }
  zmq.configure({ wasmURL: '/zmq.wasm' });
  await context.close();
}
