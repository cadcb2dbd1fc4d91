// Which of zeromq.js's tests do not apply here, and why. A pattern is compared with the name of the file and the full name of
// the test.

export const reasons = [
  {
    name: '`inproc`',
    why: 'it connects sockets of one process without a network; a page and a bridge are two',
    pattern: /inproc/,
  },
  { name: 'STREAM', why: 'a bridge speaks ZeroMQ, and no plain TCP', pattern: /^socket-stream/ },
  { name: 'CURVE', why: 'it is between the bridge and its backends: a page has no keys', pattern: /curve/ },
  { name: 'PLAIN and ZAP', why: 'likewise: the bridge logs in, and asks nobody else who may', pattern: /^socket-zap|should get mechanism/ },
  {
    name: 'threads',
    why: 'a worker has a connection of its own, which keeps it running until its sockets are closed; the tests leave them open',
    pattern: /in thread/,
  },
  {
    name: 'concurrent `send` and `receive`',
    why: 'they queue, and do not fail with EBUSY',
    pattern: /should throw error on concurrent (send|receive)/,
  },
  {
    name: '`mandatory`, and `routingId` for a peer of a Router',
    why: 'refused: a bridge tells nobody of what a ROUTER cannot route, and gives no names to peers',
    pattern: /unroutable message if mandatory|setting routing id on router/,
  },
  {
    name: '`verbosity` other than null',
    why: 'refused: a bridge tells of the first of equal subscriptions, and of the end of the last',
    pattern: /should forward all subscriptions/,
  },
  {
    name: '`socksProxy`',
    why: 'refused: how a backend is reached is the affair of the bridge',
    pattern: /string socket option to (undefined|null)/,
  },
  {
    name: 'an address that is in use',
    why: 'sockets that are bound through one bridge share it, where ZeroMQ allows for that',
    pattern: /should receive error events/,
  },
  { name: 'the event accept', why: 'a bridge does not tell of each peer', pattern: /should receive events with emitter/ },
  {
    name: '`send` of a Subscriber',
    why: 'there is none, while zeromq.js has one that always throws',
    pattern: /should fail sending/,
  },
  {
    name: 'memory that is shared with libzmq',
    why: 'what is sent is copied into the memory of zmq.wasm, and let go of at once',
    pattern: /should retain large buffers/,
  },
  {
    name: 'a class called without new',
    why: 'it throws a TypeError in the words of the JavaScript engine, not in those of N-API',
    pattern: /(^context|^proxy|with constructor).* should throw if called as function/,
  },
  {
    name: 'warnings',
    why: 'options that take effect with the next connect have none of them here, or no effect at all',
    pattern: /should be emitted|should produce warning/,
  },
  {
    name: 'what keeps Node running',
    why: 'a connection to the bridge does; a send or receive on a socket without an address needs none',
    pattern: /blocked on unbound socket|should not occur while reading events/,
  },
  {
    name: 'what zeromq.js skips itself',
    why: 'it says so in its sources',
    pattern: /should fail iterating|sending in exit hook/,
  },
];

/** The reason why a test does not apply; undefined when it does. */
export const reasonOf = (name) => reasons.find(({ pattern }) => pattern.test(name));
