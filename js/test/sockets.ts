// This file is compiled, but never run. What a socket of a type cannot do does not compile, and what a bridge offers is known.
import * as zmq from '../src/module.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_equal: Equal<A, B>): void => {};

interface Quote {
  readonly bid: number;
}

declare const context: zmq.Context;
declare const message: zmq.Message;

export async function use(): Promise<void> {
  const req = context.Socket(zmq.REQ, { identity: 'me', requestTimeout: 1 });
  same<typeof req, zmq.ReqSocket>(true);
  const [reply] = await req.request('x', { idempotent: true });
  same<typeof reply, zmq.Frame | undefined>(true);
  await req.send('x', { timeout: 1 });
  await req.receive();

  const rep = context.Socket(zmq.REP);
  await rep.bind('tcp://127.0.0.1:*');
  for await (const [question] of rep.on('error', console.warn)) await rep.send(String(question));

  const sub = context.Socket(zmq.SUB, { overflow: 'conflate', rate: 5 });
  await sub.connect('prices', null, { since: sub.position(), signal: new AbortController().signal });
  await sub.subscribe('a', new Uint8Array(1), ['b', 'c'], { rate: 1 });
  sub.onmessage = (text, parts) => console.log(text.length, parts.length);
  sub.unsubscribe('a');
  for await (const [topic, body] of sub.messages()) console.log(String(topic), body?.dataView.getInt8(0), body?.bigint());
  same<zmq.SubSocket, ReturnType<typeof sub.on>>(true); // on returns a socket that can do no more

  await context.Socket(zmq.PUSH).send([1n, 2, 'x', null]);
  await context.Socket(zmq.PUB).send('x');
  await new context.Socket(zmq.PULL).receive();
  for (const type of [zmq.PAIR, zmq.DEALER, zmq.ROUTER, zmq.XPUB] as const) await context.Socket(type).send('x');
  const xsub = context.Socket(zmq.XSUB, { rate: 1 });
  await xsub.send(await xsub.receive());
  await xsub.subscribe('a');

  const any: zmq.Socket = context.Socket(zmq.REQ as zmq.SocketType); // known at run time only
  await any.send(await any.receive());
  const common = (socket: zmq.BaseSocket): boolean => socket.closed;
  console.log([req, rep, sub, xsub, any].map(common), new zmq.RPCClient(req).api);
  await using gone = context.Socket(zmq.PULL);
  await gone.drain();
}

/** What a socket receives is what its decoder makes. */
export async function decode(): Promise<void> {
  const texts = context.Socket(zmq.SUB, { decode: 'text' });
  for await (const text of texts) same<typeof text, string>(true);
  const json = context.Socket(zmq.PULL, { decode: 'json' });
  same<unknown, Awaited<ReturnType<typeof json.receive>>>(true);
  const quotes = context.Socket(zmq.SUB, { decode: ([topic, body]) => ({ topic: String(topic), ...body!.json<Quote>() }), rate: 5 });
  for await (const { topic, bid } of quotes) console.log(topic.length, bid + 1);
  const codec = { decode: (bytes: Uint8Array): Quote => ({ bid: bytes.length }) };
  const req = context.Socket(zmq.REQ, { decode: codec });
  same<Quote, Awaited<ReturnType<typeof req.request>>>(true);
  same<Quote, Awaited<ReturnType<typeof req.receive>>>(true);
  console.log((await req.request('x')).bid, message[0]?.decode(codec).bid, message[0]?.msgpack<Quote>().bid, message[0]?.json({ bigIntegers: true }));
  const options: zmq.SocketOptions = { identity: 'x' };
  same<zmq.Message, Awaited<ReturnType<ReturnType<typeof context.Socket<2, zmq.Decode>>['receive']>>>(true);
  console.log((await context.Socket(zmq.SUB, options).receive()).recovered);
  zmq.configure({ msgpack: codec, cbor: codec });
}

interface Endpoints {
  prices: { types: 'SUB'; topics: 'fx.EURUSD' | 'fx.' };
  logs: { types: 'SUB' | 'PUSH'; topics: 'error' };
  calculator: { types: 'REQ'; functions: { add(a: number, b: number): number } };
}

/** What the bridge offers is known by its names. */
export async function endpoints(): Promise<void> {
  const bridge = new zmq.Context<Endpoints>('wss://host/data');
  const sub = bridge.Socket(zmq.SUB);
  await sub.connect('prices');
  await sub.connect('tcp://127.0.0.1:5555');
  await sub.subscribe('fx.EURUSD');
  await sub.subscribe('anything'); // the topics are only an offer
  await bridge.Socket(zmq.PUSH).connect('logs');
  const req = bridge.Socket(zmq.REQ);
  await req.connect('calculator');
  const rpc = new zmq.RPCClient<Endpoints['calculator']['functions']>(req);
  same<number, Awaited<ReturnType<typeof rpc.api.add>>>(true);
  const offered: Parameters<typeof sub.connect>[0] = 'logs';
  same<typeof offered extends string ? true : false, true>(true);
  // @ts-expect-error there is no such name
  await sub.connect('price');
  // @ts-expect-error at this one there are only REQs
  await sub.connect('calculator');
  // @ts-expect-error and at this one only SUBs
  await req.connect('prices');
  // @ts-expect-error there is no such function
  await rpc.api.subtract(1, 2);
  const described: { [N in keyof Endpoints]: zmq.EndpointType } | undefined = undefined;
  console.log(described);
}

export async function misuse(): Promise<void> {
  const pub = context.Socket(zmq.PUB);
  // @ts-expect-error a PUB receives nothing
  await pub.receive();
  // @ts-expect-error nor can one iterate over it
  for await (const it of pub) console.log(it);
  // @ts-expect-error nor is anything told
  pub.onmessage = console.log;
  // @ts-expect-error it subscribes to nothing
  pub.subscribe('a');
  // @ts-expect-error it asks nobody
  await pub.request('x');
  // @ts-expect-error it decodes nothing
  context.Socket(zmq.PUB, { decode: 'json' });
  // @ts-expect-error it is subscribed to, and has no rate
  context.Socket(zmq.PUB, { rate: 1 });

  const sub = context.Socket(zmq.SUB);
  // @ts-expect-error a SUB sends nothing
  await sub.send('x');
  // @ts-expect-error it asks nobody
  await sub.request('x');

  const push = context.Socket(zmq.PUSH);
  // @ts-expect-error a PUSH receives nothing
  await push.receive();
  // @ts-expect-error it subscribes to nothing
  push.subscribe('a');
  // @ts-expect-error and has no position
  push.position();
  // @ts-expect-error since is for subscriptions
  await push.connect('tcp://a:1', null, { since: 'x' });

  const pull = context.Socket(zmq.PULL);
  // @ts-expect-error a PULL sends nothing
  await pull.send('x');
  // @ts-expect-error it subscribes to nothing
  pull.subscribe('a');
  // @ts-expect-error a PULL conflates nothing
  context.Socket(zmq.PULL, { overflow: 'conflate' });
  // @ts-expect-error nor does it pause
  context.Socket(zmq.PULL, { hidden: 'pause' });
  context.Socket(zmq.SUB, { hidden: 'pause' });
  // @ts-expect-error nor is it idempotent, for it sends nothing
  context.Socket(zmq.PULL, { idempotent: true });
  // @ts-expect-error what a PUB sends is not sent again
  context.Socket(zmq.PUB, { idempotent: true });
  context.Socket(zmq.PUSH, { idempotent: true });

  const req = context.Socket(zmq.REQ);
  // @ts-expect-error a REQ does not bind
  await req.bind('tcp://127.0.0.1:1');
  // @ts-expect-error it subscribes to nothing
  req.subscribe('a');

  const rep = context.Socket(zmq.REP);
  // @ts-expect-error a REP asks nobody
  await rep.request('x');
  // @ts-expect-error it subscribes to nothing
  rep.unsubscribe('a');

  const dealer = context.Socket(zmq.DEALER);
  // @ts-expect-error a DEALER has no requests, it sends and receives
  await dealer.request('x');
  // @ts-expect-error it subscribes to nothing
  dealer.subscribe('a');
  // @ts-expect-error an XPUB gets subscriptions, and makes none
  context.Socket(zmq.XPUB).subscribe('a');

  // @ts-expect-error an RPCClient asks
  new zmq.RPCClient(sub);
  // @ts-expect-error an RPCServer answers
  new zmq.RPCServer(req);
  // @ts-expect-error calls are published to a SUB
  new zmq.PubRPCServer(push);
  // @ts-expect-error there is no such event
  sub.on('messages', console.log);
  // @ts-expect-error there is no such option
  context.Socket(zmq.SUB, { hwm: 5 });
  // @ts-expect-error there is no such decoder
  context.Socket(zmq.SUB, { decode: 'yaml' });
  // @ts-expect-error a value has no such member
  for await (const { ask } of context.Socket(zmq.SUB, { decode: (it) => it[0]!.json<Quote>() })) console.log(ask);
  // @ts-expect-error an identity is text or bytes
  context.Socket(zmq.REQ, { identity: 5 });
  // @ts-expect-error a timeout is a number
  await req.request('x', { timeout: '1s' });
  // @ts-expect-error an object is no message
  await push.send({ a: 1 });
  // @ts-expect-error what is common to all has no send
  await (push as zmq.BaseSocket).send('x');
  // @ts-expect-error a socket has only the type that it was made with
  sub.type = zmq.PUB;
}
