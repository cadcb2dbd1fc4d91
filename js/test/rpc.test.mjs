import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, logged, sleep, until, zmq } from './support/page.mjs';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../core/rpc/testdata/${name}.json`, import.meta.url), 'utf8'));
const text = (part) => Buffer.from(part).toString();
/** Reads JSON text with the NaN and Infinity that Python writes. */
const meant = (json) => (/NaN|Infinity/.test(json) ? new Function(`return ${json}`)() : JSON.parse(json));

/** A backend that answers each call with answer(call). */
function backend(t, answer) {
  const bridge = new Bridge().on('Request', ({ id, body }) =>
    bridge.write({ kind: 'Reply', socket: 1, id, body: ['envelope', answer(text(body.at(-1)))] }),
  );
  return { ...connected(t, zmq.REQ, {}, bridge), bridge };
}

const value = (it) => JSON.stringify({ returnval: it });

test('calls are written as in 2012', async (t) => {
  const sent = [];
  const { socket } = backend(t, (call) => (sent.push(call), value(null)));
  const rpc = new zmq.RPCClient(socket);
  await rpc.call('add_user', ['u', 'p'], { type: 'girl' });
  await rpc.call('echo');
  await rpc.rpc('echo', 'hello!', {});
  await rpc.rpc('echo', [[1, 2]], null);
  await rpc.api.add(1, 'ü');
  assert.deepEqual(sent, [
    '{"funcname":"add_user","args":["u","p"],"kwargs":{"type":"girl"}}',
    '{"funcname":"echo","args":[],"kwargs":{}}',
    '{"funcname":"echo","args":["hello!"],"kwargs":{}}',
    '{"funcname":"echo","args":[[1,2]],"kwargs":{}}',
    '{"funcname":"add","args":[1,"ü"],"kwargs":{}}',
  ]);
});

test('the golden calls', async (t) => {
  for (const { name, func, args, kwargs, text: want, error } of vectors('append_call')) {
    await t.test(name, async (t) => {
      const finite = (_key, it) => (it === Infinity || it === -Infinity ? 0 : it); // 1e999 is no number of JavaScript
      const parse = (json) => (json === undefined ? undefined : JSON.parse(json, finite));
      let sent;
      const { socket } = backend(t, (call) => ((sent = call), value(null)));
      let given;
      try {
        given = [func, parse(args), parse(kwargs)];
      } catch {
        return; // this is not JSON, and a page cannot even pass it
      }
      const call = new zmq.RPCClient(socket).call(...given);
      if (error !== undefined) return assert.equal((await failure(call)).code, error);
      await call;
      assert.deepEqual(JSON.parse(sent), JSON.parse(JSON.stringify(JSON.parse(want, finite)))); // with the precision of JavaScript
    });
  }
});

test('the golden answers', async (t) => {
  for (const { name, text: answer, value: want, error, error_text } of vectors('parse_return')) {
    await t.test(name, async (t) => {
      const { socket } = backend(t, () => answer);
      const call = new zmq.RPCClient(socket).call('f');
      if (error === undefined) return assert.deepEqual(await call, want === undefined ? undefined : meant(want));
      const why = await failure(call);
      assert.equal(why.code, error);
      if (error_text) assert.equal(why.message, error_text);
    });
  }
});

test('an error of the function has its text, and reaches the callback', async (t) => {
  const { socket } = backend(t, () => '{"status":"error","error_msg":"unauthorized access"}');
  const rpc = zmq.RPCClient(socket);
  const why = await failure(rpc.call('f'));
  assert.ok(why instanceof zmq.ZmqError);
  assert.deepEqual([why.code, why.message, why.remote], ['failed', 'unauthorized access', true]);
  const [returned, error] = await new Promise((resolve) => rpc.rpc('f', [], {}, (...args) => resolve(args)));
  assert.deepEqual([returned, error.code], [undefined, 'failed']);
});

test('an error has the type that the server tells', async (t) => {
  const answers = {
    typed: ['{"status":"error","error_msg":"\'x\'","error_type":"KeyError"}', 'KeyError'],
    untyped: ['{"status":"error","error_msg":"no"}', undefined],
    odd: ['{"status":"error","error_msg":"no","error_type":7}', undefined],
  };
  for (const [name, [answer, type]] of Object.entries(answers)) {
    const { socket } = backend(t, () => answer);
    const why = await failure(new zmq.RPCClient(socket).call(name));
    assert.deepEqual([why.code, why.remote, why.type], ['failed', true, type], name);
  }
});

test('api has the types of an interface, options, and named arguments', async (t) => {
  const sent = [];
  const { socket } = backend(t, (call) => (sent.push(call), call.includes('never') ? '' : value(3)));
  const rpc = new zmq.RPCClient(socket);
  const api = rpc.api();
  assert.equal(await api.add(1, 2), 3);
  await api.add_user('u', 'p', zmq.kwargs({ type: 'girl' }));
  await rpc.api.add_user(zmq.kwargs({}));
  await rpc.api.apply(1);
  assert.deepEqual(sent, [
    '{"funcname":"add","args":[1,2],"kwargs":{}}',
    '{"funcname":"add_user","args":["u","p"],"kwargs":{"type":"girl"}}',
    '{"funcname":"add_user","args":[],"kwargs":{}}',
    '{"funcname":"apply","args":[1],"kwargs":{}}',
  ]);
  const abort = AbortSignal.abort('enough');
  assert.equal(await failure(rpc.api({ signal: abort }).add(1, 2)), 'enough');
});

test('a server tells what functions it has', async (t) => {
  const functions = [{ name: 'add', doc: 'The sum.', params: [{ name: 'a' }, { name: 'b' }] }];
  const sent = [];
  const { socket } = backend(t, (call) => (sent.push(JSON.parse(call)), value({ functions })));
  assert.deepEqual(await new zmq.RPCClient(socket).describe(), { functions });
  assert.deepEqual(sent, [{ funcname: 'rpc.describe', args: [], kwargs: {} }]);
});

test('rpc calls keep lock step, call does not', async (t) => {
  const { bridge, socket } = connected(t, zmq.REQ);
  const rpc = new zmq.RPCClient(socket);
  const got = [];
  rpc.rpc('a', [], {}, (it) => got.push(it));
  rpc.rpc('b', [], {}, (it) => got.push(it));
  await bridge.want('Request');
  await sleep(10);
  assert.equal(bridge.of('Request').length, 1);
  for (const i of [1, 2]) {
    const { id } = await bridge.want('Request', i);
    bridge.write({ kind: 'Reply', socket: 1, id, body: [value(i)] });
  }
  await until(() => got.length === 2);
  assert.deepEqual(got, [1, 2]);
  rpc.call('c').catch(() => {});
  rpc.call('d').catch(() => {});
  await bridge.want('Request', 4);
});

test('a call takes a timeout and a signal', async (t) => {
  const { socket } = connected(t, zmq.REQ);
  const rpc = new zmq.RPCClient(socket);
  assert.equal((await failure(rpc.call('f', [], {}, { timeout: 20 }))).code, 'timeout');
  const abort = new AbortController();
  const call = failure(rpc.call('f', [], {}, { signal: abort.signal }));
  abort.abort('enough');
  assert.equal(await call, 'enough');
});

test('arguments that are no JSON are refused here', async (t) => {
  const { socket } = connected(t, zmq.REQ);
  const loop = [];
  loop.push(loop);
  const rpc = new zmq.RPCClient(socket);
  for (const args of [loop, [1n]]) assert.equal((await failure(rpc.call('f', args))).code, 'invalid');
  assert.equal((await failure(rpc.call('', []))).code, 'invalid');
  assert.equal((await failure(rpc.call('f', [], ['no', 'object']))).code, 'invalid');
});

test('api is not mistaken for a promise', async (t) => {
  const { socket } = connected(t, zmq.REQ);
  const { api } = new zmq.RPCClient(socket);
  assert.equal(await api, api);
});

/** Makes a server with server(socket), and returns what it answers to a call. */
async function served(t, server) {
  const { bridge, socket } = connected(t, zmq.REP);
  server(socket);
  await socket.ready();
  let id = 0;
  return async (call) => {
    bridge.write({ kind: 'Request', socket: 1, id: ++id, body: ['', typeof call === 'string' ? call : JSON.stringify(call)] });
    return JSON.parse(text((await bridge.want('Reply', id)).body[0]));
  };
}

const failed = (error_msg) => ({ status: 'error', error_msg });

test('a server by pre-ES6 inheritance, as documented in 2012', async (t) => {
  const RPC = function (socket) {
    zmq.RPCServer.call(this, socket);
  };
  RPC.prototype = new zmq.RPCServer();
  RPC.prototype.echo = function (arg) {
    return arg;
  };
  const ask = await served(t, (rep) => new RPC(rep));
  assert.deepEqual(await ask({ funcname: 'echo', args: ['hi'], kwargs: {} }), { returnval: 'hi' });
  assert.deepEqual(await ask({ funcname: 'echo', args: 'hi' }), { returnval: 'hi' });
});

test('a server by class, with promises, keyword arguments and guards', async (t) => {
  t.mock.method(console, 'error', () => {});
  class Server extends zmq.RPCServer {
    greeting = 'hello ';
    greet(name, { loud = false } = {}) {
      const text = this.greeting + name;
      return loud ? text.toUpperCase() : text;
    }
    async later(it) {
      await sleep(1);
      return it;
    }
    nothing() {}
    throws() {
      throw new Error('boom');
    }
    unwritable() {
      return 1n;
    }
    remove(what) {
      return `removed ${what}`;
    }
    async can_remove(what) {
      return what === 'mine';
    }
    can_fly() {
      return 'nothing is guarded by it';
    }
    _private() {
      return 'secret';
    }
    get computed() {
      return () => 'secret';
    }
  }
  const ask = await served(t, (rep) => new Server(rep));
  const call = (funcname, args = [], kwargs = {}) => ask({ funcname, args, kwargs });
  assert.deepEqual(await call('greet', ['you']), { returnval: 'hello you' });
  assert.deepEqual(await call('greet', ['you'], { loud: true }), { returnval: 'HELLO YOU' });
  assert.deepEqual(await call('later', [[1]]), { returnval: [1] });
  assert.deepEqual(await call('nothing'), { returnval: null });
  assert.deepEqual(await call('throws'), failed('boom'));
  assert.equal((await call('unwritable')).status, 'error');
  assert.deepEqual(await call('remove', ['mine']), { returnval: 'removed mine' });
  assert.deepEqual(await call('remove', ['yours']), failed('unauthorized access'));
  assert.deepEqual(await call('can_fly'), { returnval: 'nothing is guarded by it' });
  const hidden = ['_private', 'computed', 'greeting', 'can_remove', 'constructor', 'authorized_functions', 'nope'];
  const inherited = ['toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', '__proto__', 'isPrototypeOf'];
  for (const name of [...hidden, ...inherited]) assert.deepEqual(await call(name), failed(`unknown function ${name}`));
});

test('authorized_functions lists what may be called', async (t) => {
  let server;
  const ask = await served(t, (rep) => {
    server = new zmq.RPCServer(rep);
    server.a = () => 'a';
    server.b = () => 'b';
    server.authorized_functions = ['a'];
  });
  assert.deepEqual(await ask({ funcname: 'a' }), { returnval: 'a' });
  assert.deepEqual(await ask({ funcname: 'b' }), failed('unauthorized access'));
  server.authorized_functions = null;
  assert.deepEqual(await ask({ funcname: 'b' }), { returnval: 'b' });
});

test('what is no call is answered with an error', async (t) => {
  const ask = await served(t, (rep) => new zmq.RPCServer(rep));
  for (const call of ['', 'no json', '[]', '{}', '{"funcname":1}', '{"funcname":"f","kwargs":1}']) {
    assert.equal((await ask(call)).status, 'error');
  }
});

test('the golden calls, served', async (t) => {
  for (const { name, text: call, func, args, kwargs, error } of vectors('parse_call')) {
    await t.test(name, async (t) => {
      const named = JSON.parse(kwargs ?? '{}');
      let got;
      const ask = await served(t, (rep) => {
        const server = new zmq.RPCServer(rep);
        if (error === undefined) server[func] = (...given) => void (got = given);
      });
      const answer = await ask(call);
      if (error !== undefined || func.startsWith('_')) return assert.equal(answer.status, 'error');
      assert.deepEqual(answer, { returnval: null });
      assert.deepEqual(got, [...meant(args ?? '[]'), ...(Object.keys(named).length > 0 ? [named] : [])]);
    });
  }
});

test('published calls: a class to extend, an instance, and inheritance', async (t) => {
  const got = [];
  const { bridge, socket } = connected(t, zmq.SUB);
  const publish = async (call) => {
    bridge.write({ kind: 'Message', socket: 1, body: ['topic', typeof call === 'string' ? call : JSON.stringify(call)] });
    // A call was executed if a message that is published after it has been received.
    bridge.write({ kind: 'Gap', socket: 1, messages: 1, code: 8 });
    await new Promise((resolve) => socket.on('gap', resolve));
  };
  const rpc_server = zmq.PubRPCServer();
  rpc_server.prototype.add = (a, b) => got.push(a + b);
  const other = zmq.PubRPCServer();
  assert.equal(other.prototype.add, undefined);
  const instance = new rpc_server(socket);
  assert.ok(instance instanceof zmq.PubRPCServer);
  await socket.ready();
  await publish({ funcname: 'add', args: [1, 2] });

  const s = new zmq.PubRPCServer(socket);
  s.add = (a, b) => got.push(a * b);
  await publish({ funcname: 'add', args: [3, 4], kwargs: { ignored: true } });

  const Old = function (it) {
    zmq.PubRPCServer.call(this, it);
  };
  Old.prototype = Object.create(zmq.PubRPCServer.prototype);
  Old.prototype.add = (a) => got.push(a);
  new Old(socket);
  await publish({ funcname: 'add', args: [5] });
  assert.deepEqual(got, [3, 12, 5]);

  const reported = await logged('error', async () => {
    s.add = () => {
      throw new Error('mine');
    };
    new (class extends zmq.PubRPCServer {
      add() {
        throw new Error('mine');
      }
    })(socket);
    await publish({ funcname: 'add', args: [] });
  });
  assert.match(reported[0], /mine/);
  const warned = await logged('warn', async () => {
    for (const call of [{ funcname: 'toString' }, { funcname: 'nope' }, 'no json', { funcname: 'nope' }]) await publish(call);
  });
  assert.equal(warned.length, 3); // one warning for each
});
