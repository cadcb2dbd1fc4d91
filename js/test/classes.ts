// This file is compiled, but never run. It uses the classes of zeromq.js as a program in TypeScript does: what a socket cannot
// do does not compile.
import * as zmq from '../src/package.js';
import all from '../src/package.js';
import * as own from '../src/zeromq.js';

export async function use(): Promise<void> {
  zmq.configure({ url: 'wss://host/data', getToken: async () => 'x', requestTimeout: 1000 });
  const version: string = zmq.version;
  const ipc: boolean = zmq.capability.ipc;

  const req = new zmq.Request({ sendTimeout: 1, receiveTimeout: 1, linger: 0, relaxed: true, routingId: 'me' });
  void req.connect('tcp://a:1');
  await req.send(['text', new Uint8Array(1), 1, null]);
  const [reply] = await req.receive();
  const text: string | undefined = reply?.toString();
  const value: unknown = reply?.json();
  const where: string | null = req.lastEndpoint;
  const [type, closed, readable, writable]: [number, boolean, boolean, boolean] = [req.type, req.closed, req.readable, req.writable];

  const rep = new zmq.Reply();
  await rep.bind('tcp://127.0.0.1:*');
  for await (const message of rep) await rep.send(message);
  await rep.unbind('tcp://127.0.0.1:*');
  rep.close();

  const pub = new zmq.Publisher({ context: zmq.context });
  await pub.send('x');
  const sub = new zmq.Subscriber({ conflate: true });
  sub.subscribe();
  sub.subscribe('a', new Uint8Array(1));
  sub.unsubscribe('a');
  for await (const [topic, message] of sub) console.log(String(topic), message?.length);
  const xpub = new zmq.XPublisher();
  xpub.verbosity = null;
  await xpub.send(await new zmq.XSubscriber().receive());
  await new zmq.Push({ conflate: true }).send(new ArrayBuffer(1));
  await new zmq.Pull({ receiveHighWaterMark: 5, heartbeatInterval: 1000, reconnectInterval: 500 }).receive();
  const [id, ...rest] = await new zmq.Router().receive();
  await new zmq.Dealer({ context: new zmq.Context('wss://host/data') }).send([id!, ...rest]);
  await new zmq.Pair({ context: new own.Context({ blocky: false, maxSockets: 5 }) }).send('x');

  for await (const event of req.events) {
    if (event.type === 'connect:retry') console.log(event.interval, event.address);
    else if (event.type === 'handshake:error:auth') console.log(event.error.code === 'EACCES', event.error.errno, event.error.reason);
    else if (event.type === 'end') break;
  }
  req.events.on('connect', ({ address }) => console.log(address)).off('bind', console.log);
  const proxy = new zmq.Proxy(new zmq.Router(), new zmq.Dealer());
  await proxy.run();
  await proxy.frontEnd.bind('x');
  console.log(version, ipc, text, value, where, type, closed, readable, writable, zmq.context.bridge.status().state, new all.Pull());
}

export function misuse(): void {
  // @ts-expect-error a Publisher receives nothing
  void new zmq.Publisher().receive();
  // @ts-expect-error nor can one iterate over it
  void new zmq.Publisher()[Symbol.asyncIterator]();
  // @ts-expect-error a Publisher subscribes to nothing
  new zmq.Publisher().subscribe('a');
  // @ts-expect-error a Subscriber sends nothing
  void new zmq.Subscriber().send('x');
  // @ts-expect-error a Push receives nothing
  void new zmq.Push().receive();
  // @ts-expect-error a Push subscribes to nothing
  new zmq.Push().subscribe('a');
  // @ts-expect-error a Pull sends nothing
  void new zmq.Pull().send('x');
  // @ts-expect-error a Request subscribes to nothing
  new zmq.Request().subscribe('a');
  // @ts-expect-error a Dealer subscribes to nothing
  new zmq.Dealer().subscribe('a');
  // @ts-expect-error an XSubscriber subscribes by sending
  new zmq.XSubscriber().subscribe('a');
  // @ts-expect-error a Push has no time to receive
  new zmq.Push({ receiveTimeout: 1 });
  // @ts-expect-error a Pull has no time to send
  new zmq.Pull().sendTimeout = 1;
  // @ts-expect-error a Reply conflates nothing
  new zmq.Reply({ conflate: true });
  // @ts-expect-error only a Request is relaxed
  new zmq.Dealer({ relaxed: true });
  // @ts-expect-error an option is of its type
  new zmq.Request({ sendTimeout: '1' });
  // @ts-expect-error there is no such option
  new zmq.Request({ doesNotExist: 1 });
  // @ts-expect-error a bridge refuses it
  new zmq.Router({ mandatory: true });
  // @ts-expect-error what can only be read is no option
  new zmq.Request({ lastEndpoint: 'x' });
  // @ts-expect-error it can only be read
  new zmq.Request().closed = true;
  // @ts-expect-error an address is text
  void new zmq.Request().connect(5555);
  // @ts-expect-error an object is no message
  void new zmq.Request().send({ a: 1 });
  // @ts-expect-error a context is none of these options
  new zmq.Request({ context: {} });
  // @ts-expect-error there is no such event
  new zmq.Request().events.on('message', () => {});
  // @ts-expect-error a bind has no error
  new zmq.Request().events.on('bind', ({ error }) => console.log(error));
  // @ts-expect-error a base class is no socket
  new own.Socket(1);
  // @ts-expect-error there is no such context option
  new own.Context({ threads: 1 });
}
