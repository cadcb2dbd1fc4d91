// A page that serves streams on a ROUTER.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { describeFunctions, StreamServer } from '../dist/streams.node.mjs';
import { Bridge } from './support/bridge.mjs';
import { connected, logged, page, sleep, until, zmq } from './support/page.mjs';

const text = (part) => Buffer.from(part).toString();

class Page extends StreamServer {
  running = 0;
  made = 0;
  authorized_functions = ['add', 'count', 'lines', 'fail', 'throws', 'secret', 'nothing', 'rows'];

  add(a, b) {
    return a + b;
  }
  async *count(to) {
    this.running++;
    try {
      for (let n = 0; n < to; n++, this.made++) yield n;
    } finally {
      this.running--;
    }
  }
  *lines(path, { last = 3 } = {}) {
    yield* [`${path} 1`, `${path} 2`, `${path} 3`].slice(-last);
  }
  async *fail() {
    yield 1;
    throw new RangeError('too far');
  }
  throws() {
    throw new zmq.ZmqError('unavailable', 'not now');
  }
  async *secret() {
    yield 'secret';
  }
  can_secret() {
    return false;
  }
  async *nothing() {
    yield undefined;
    yield NaN;
  }
  rows() {
    return new Blob(['a']).stream();
  }
  async *unlisted() {}
}

/** A page that serves, and clients that ask it: ask says something under an id, and heard has what was answered. */
async function serving(t, options) {
  const bridge = new Bridge();
  const heard = [];
  bridge.on('Open', ({ socket, id }, connection) => {
    connection.write({ kind: 'Opened', socket, id }, { kind: 'Credit', socket, messages: 100_000, bytes: 1 << 26 });
  });
  bridge.on('Message', ({ body }) => {
    const [client, id, empty, said] = body.map(text);
    assert.equal(empty, '');
    heard.push([client, id, JSON.parse(said)]);
  });
  const { context } = page(t, {}, bridge);
  const router = context.Socket(zmq.ROUTER);
  await router.bind('tcp://127.0.0.1:1');
  const server = new Page(router, options);
  const ask = (id, said, client = 'client') => {
    const body = [client, id, '', typeof said === 'string' ? said : JSON.stringify(said)];
    bridge.write({ kind: 'Message', socket: 1, body });
  };
  const of = (id) => heard.filter(([, it]) => it === id).map(([, , said]) => said);
  const ended = async (id) => {
    await until(() => of(id).some((said) => 'end' in said));
    return of(id);
  };
  return { server, router, bridge, ask, of, ended, heard };
}

test('items come as far as there is credit', async (t) => {
  const { server, ask, of, ended } = await serving(t);
  ask('1', { stream: 'count', args: [5], kwargs: {}, credit: 2 });
  await until(() => of('1').length === 2);
  await sleep(20);
  assert.deepEqual(of('1'), [{ item: 0 }, { item: 1 }]);
  ask('1', { credit: 0 });
  await until(() => of('1').length === 3);
  ask('1', { credit: 10 });
  assert.deepEqual(await ended('1'), [{ item: 0 }, { item: 1 }, { credit: 0 }, { item: 2 }, { item: 3 }, { item: 4 }, { end: 'ok' }]);
  assert.equal(server.running, 0);
});

test('who has enough ends the function', async (t) => {
  const { server, ask, of } = await serving(t);
  ask('1', { stream: 'count', args: [1000], credit: 3 });
  await until(() => of('1').length === 3);
  ask('1', { cancel: true });
  await until(() => server.running === 0);
  assert.ok(server.made <= 3);
  assert.equal(of('1').length, 3);
  ask('1', { credit: 5 });
  await until(() => of('1').length === 4);
  assert.deepEqual(of('1').at(-1), { end: 'lost', error_msg: 'there is no such stream' });
});

test('what goes wrong is told, in the words of PROTOCOL.md', async (t) => {
  const { ask, of, ended } = await serving(t);
  const said = await logged('error', async () => {
    for (const [name, want] of Object.entries({
      fail: [{ item: 1 }, { end: 'failed', error_msg: 'too far', error_type: 'RangeError' }],
      throws: [{ end: 'unavailable', error_msg: 'not now' }],
      secret: [{ end: 'denied', error_msg: 'unauthorized access' }],
      unlisted: [{ end: 'denied', error_msg: 'unauthorized access' }],
      nowhere: [{ end: 'invalid', error_msg: 'unknown function nowhere' }],
      add: [{ end: 'failed', error_msg: 'this function is no stream' }],
      nothing: [{ item: null }, { end: 'invalid', error_msg: 'an item is not JSON: there is no NaN in JSON' }],
    })) {
      ask(name, { stream: name, credit: 9 });
      assert.deepEqual(await ended(name), want);
    }
  });
  assert.equal(said.length, 1); // what the author of a function has not foreseen
  ask('conflict', { stream: 'count', args: [9], credit: 0 });
  ask('conflict', { stream: 'count', args: [9], credit: 0 });
  assert.deepEqual(await ended('conflict'), [{ end: 'conflict', error_msg: 'there is a stream with this id' }]);
  ask('text', 'hello');
  await until(() => of('text').length === 1);
  assert.deepEqual(of('text'), [{ status: 'error', error_msg: 'this is neither a call nor about a stream' }]);
});

test('generators that are not async, named arguments, and whatever for await reads', async (t) => {
  const { ask, ended } = await serving(t);
  ask('1', { stream: 'lines', args: ['log'], kwargs: { last: 1 }, credit: 9 });
  assert.deepEqual(await ended('1'), [{ item: 'log 3' }, { end: 'ok' }]);
  ask('2', { stream: 'lines', args: 'one', credit: 9 });
  assert.equal((await ended('2')).length, 4);
  ask('3', { stream: 'rows', credit: 9 });
  assert.deepEqual(await ended('3'), [{ item: { 0: 97 } }, { end: 'ok' }]);
});

test('calls go the same way, and tell what there is', async (t) => {
  const { ask, of } = await serving(t, { docs: { add: 'The sum.', lines: { doc: 'The last lines.', signature: 'lines(path)' } } });
  ask('sum', { funcname: 'add', args: [1, 2], kwargs: {} });
  ask('stream', { funcname: 'count', args: [3] });
  ask('throws', { funcname: 'throws' });
  ask('describe', { funcname: 'rpc.describe', args: [], kwargs: {} });
  await until(() => ['sum', 'stream', 'throws', 'describe'].every((id) => of(id).length === 1));
  assert.deepEqual(of('sum'), [{ returnval: 3 }]);
  assert.deepEqual(of('stream'), [{ status: 'error', error_msg: 'count is a stream' }]);
  assert.deepEqual(of('throws'), [{ status: 'error', error_msg: 'not now' }]);
  assert.deepEqual(of('describe')[0].returnval.functions, [
    { name: 'add', doc: 'The sum.' },
    { name: 'count', stream: true },
    { name: 'fail', stream: true },
    { name: 'lines', stream: true, doc: 'The last lines.', signature: 'lines(path)' },
    { name: 'nothing', stream: true },
    { name: 'rows' },
    { name: 'secret', stream: true },
    { name: 'throws' },
  ]);
});

test('there is a bound for each client, and for all', async (t) => {
  const { server, ask, of, ended, heard } = await serving(t, { streams: 3, streamsPerClient: 2 });
  for (const [id, client] of [['1', 'a'], ['2', 'a'], ['3', 'a'], ['4', 'b'], ['5', 'b']]) ask(id, { stream: 'count', args: [9], credit: 1 }, client);
  const busy = [{ end: 'busy', error_msg: 'too many streams and calls are open' }];
  assert.deepEqual([await ended('3'), await ended('5')], [busy, busy]);
  ask('1', { cancel: true }, 'a');
  await until(() => server.running === 2);
  ask('6', { stream: 'count', args: [0], credit: 1 }, 'b');
  assert.deepEqual(await ended('6'), [{ end: 'ok' }]);
  assert.equal(heard.filter(([client]) => client === 'b').length, 3);
  assert.deepEqual(of('4'), [{ item: 0 }]);
});

test('a client that is silent for too long has its streams ended, and so has a server that closes', async (t) => {
  const { server, router, ask, ended } = await serving(t, { silence: 50 });
  ask('1', { stream: 'count', args: [9], credit: 1 });
  assert.deepEqual(await ended('1'), [{ item: 0 }, { end: 'timeout', error_msg: 'the client has granted nothing for too long' }]);
  ask('2', { stream: 'count', args: [9], credit: 1 });
  await until(() => server.running === 1);
  await router.close();
  await until(() => server.running === 0);
});

test('every message about a stream is read as core reads it', async (t) => {
  const vectors = JSON.parse(readFileSync(new URL('../../core/rpc/testdata/parse_stream_call.json', import.meta.url), 'utf8'));
  const { ask, of } = await serving(t);
  for (const { name, text: said, func, error, credit, cancel } of vectors) {
    ask(name, said);
    if (cancel) continue; // nothing is said to that
    await until(() => of(name).length > 0);
    const [answer] = of(name);
    const plain = name === 'a plain call';
    const what = plain ? 'unknown function tail' : error ? 'this is neither a call nor about a stream' : undefined;
    if (what) assert.deepEqual(answer, { status: 'error', error_msg: what }, name);
    else if (func) assert.equal(answer.error_msg, 'unknown function tail', name);
    else assert.equal(answer.end, 'lost', `${name} ${credit}`);
  }
});

test('an RPCServer on a REP tells what it has with describeFunctions', async (t) => {
  class Old extends zmq.RPCServer {
    echo(x) {
      return x;
    }
    'rpc.describe'() {
      return describeFunctions(this, { echo: 'Says it again.' });
    }
  }
  const { bridge, socket } = connected(t, zmq.REP);
  new Old(socket);
  await socket.ready();
  bridge.write({ kind: 'Request', socket: 1, id: 1, body: ['{"funcname":"rpc.describe","args":[]}'] });
  const { body } = await bridge.want('Reply');
  assert.deepEqual(JSON.parse(text(body[0])), { returnval: { functions: [{ name: 'echo', doc: 'Says it again.' }] } });
});

test('it is on a ROUTER', (t) => {
  const { socket } = connected(t, zmq.DEALER);
  assert.throws(() => new StreamServer(socket), { code: 'invalid' });
});
