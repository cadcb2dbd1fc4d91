// The JSON of remote calls: what Python writes arrives, and nothing arrives as something else.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, zmq } from './support/page.mjs';

const text = (part) => Buffer.from(part).toString();

/** A client of a server that answers with the given text, and all that was sent to it. */
function client(t, answer) {
  const sent = [];
  const bridge = new Bridge().on('Request', ({ id, body }) => {
    sent.push(text(body[0]));
    bridge.write({ kind: 'Reply', socket: 1, id, body: [answer] });
  });
  const { socket } = connected(t, zmq.REQ, {}, bridge);
  return { rpc: new zmq.RPCClient(socket), sent };
}

for (const [json, want] of [
  ['NaN', NaN],
  ['{"mean": NaN, "max": Infinity, "list": [1.5, -Infinity, "NaN, Infinity"]}', { mean: NaN, max: Infinity, list: [1.5, -Infinity, 'NaN, Infinity'] }],
  ['9007199254740991', 9007199254740991],
  ['-9007199254740991', -9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['9007199254740993', 9007199254740993n],
  ['-1152921504606846977', -1152921504606846977n],
  ['{"t": 1700000000123456789, "text": "1700000000123456789", "f": 1700000000123456789.5, "e": 1e300}', { t: 1700000000123456789n, text: '1700000000123456789', f: 1700000000123456789.5, e: 1e300 }],
  ['["a \\" NaN", "\\\\", NaN, {"Infinity": 12345678901234567890}]', ['a " NaN', '\\', NaN, { Infinity: 12345678901234567890n }]],
  ['{"__proto__": NaN}', JSON.parse('{"__proto__": null}', (key, it) => (key === '__proto__' ? NaN : it))],
]) {
  test(`${json} arrives as it is`, async (t) => {
    const { rpc } = client(t, `{"returnval": ${json}}`);
    assert.deepEqual(await rpc.call('f'), want);
    assert.deepEqual(await rpc.rpc('f'), want);
  });
}

test('so it does as an argument', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  let got;
  new (class extends zmq.RPCServer {
    f(...args) {
      got = args;
    }
  })(socket);
  await socket.ready();
  const body = ['{"funcname": "f", "args": [NaN, 9007199254740993], "kwargs": {"x": -Infinity}}'];
  bridge.write({ kind: 'Request', socket: 1, id: 1, body });
  await bridge.want('Reply');
  assert.deepEqual(got, [NaN, 9007199254740993n, { x: -Infinity }]);
});

test('long text is no trouble', async (t) => {
  const long = '"'.padEnd(3 << 20, 'NaN \\" ') + '\\""';
  const { rpc } = client(t, `{"returnval": [NaN, ${long}]}`);
  assert.deepEqual(await rpc.call('f'), [NaN, JSON.parse(long)]);
});

test('what would arrive as something else is not sent', async (t) => {
  const { rpc, sent } = client(t, '{"returnval": 1}');
  for (const args of [[NaN], [[{ a: Infinity }]], [Float32Array.of(NaN)], [10n], [-5n], [{ a: [7n, NaN] }]]) {
    const why = await failure(rpc.call('f', args));
    assert.deepEqual([why.name, why.code], ['ZmqError', 'invalid'], why.message);
    assert.equal((await failure(rpc.call('f', [], { args }))).code, 'invalid');
  }
  assert.deepEqual(sent, []);
  await rpc.call('f', [null, { a: null, b: undefined }, [undefined], new Date(NaN)]);
  assert.deepEqual(sent, ['{"funcname":"f","args":[null,{"a":null},[null],null],"kwargs":{}}']);
});

test('a BigInt that arrived can be sent back', async (t) => {
  const { rpc, sent } = client(t, '{"returnval": {"id": 9007199254740993, "name": "@0@"}}');
  const row = await rpc.call('row');
  await rpc.call('save', [row, '"@0@"', [-9007199254740993n]], row);
  const json = '{"id":9007199254740993,"name":"@0@"}';
  assert.equal(sent[1], `{"funcname":"save","args":[${json},"\\"@0@\\"",[-9007199254740993]],"kwargs":${json}}`);
});

test('a server answers with an error instead of a value that is no JSON', async (t) => {
  const { bridge, socket } = connected(t, zmq.REP);
  const server = new zmq.RPCServer(socket);
  server.f = () => ({ mean: NaN });
  await socket.ready();
  bridge.write({ kind: 'Request', socket: 1, id: 1, body: ['{"funcname": "f"}'] });
  const { status, error_msg } = JSON.parse(text((await bridge.want('Reply')).body[0]));
  assert.equal(status, 'error');
  assert.match(error_msg, /what f returned is not JSON: there is no NaN/);
});
