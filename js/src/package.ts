// The entry of index.mjs, which is what `import * as zmq from 'zmq-web-bridge'` gets: the client, and the classes of zeromq.js
// beside it. Their Context and Socket have these names in the entry 'zmq-web-bridge/zeromq'.
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
import zmq from './module.js';
import * as classes from './zeromq.js';

/** Everything under one name. */
const all: Omit<typeof classes, keyof typeof zmq> & typeof zmq = /* @__PURE__ */ Object.assign({}, classes, zmq);
export default all;
