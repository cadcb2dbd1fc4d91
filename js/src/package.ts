// The entry of index.mjs, which is what `import * as zmq from 'zmq-web-bridge'` gets: the client, and beside it streams and the
// classes of zeromq.js. Their Context and Socket have these names in the entry 'zmq-web-bridge/zeromq'.
export * from './module.js';
export {
  capability,
  context,
  curveKeyPair,
  Dealer,
  type ErrnoCode,
  type ErrnoError,
  type Event,
  type EventOfType,
  type EventType,
  Observer,
  Pair,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  version,
  XPublisher,
  XSubscriber,
} from './zeromq.js';
export {
  describeFunctions,
  type FunctionDocs,
  type ItemStream,
  StreamClient,
  type StreamClientOptions,
  type StreamOptions,
  StreamServer,
  type StreamServerOptions,
} from './streams.js';
import zmq from './module.js';
import * as streams from './streams.js';
import * as classes from './zeromq.js';

/** Everything under one name. */
const all: Omit<typeof classes, keyof typeof zmq> & typeof zmq & typeof streams =
  /* @__PURE__ */ Object.assign({}, streams, classes, zmq);
export default all;
