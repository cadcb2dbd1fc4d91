import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { StreamClient } from '../dist/streams.node.mjs';
import { Bridge } from './support/bridge.mjs';
import { connected, failure, sleep, until, zmq } from './support/page.mjs';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../core/rpc/testdata/${name}.json`, import.meta.url), 'utf8'));
const text = (part) => Buffer.from(part).toString();

/** A server at the other end of a DEALER: told has what it was told, each with its id, and say answers. */
async function server(t, answer = () => {}, options = {}) {
  const told = [];
  const bridge = new Bridge();
  const say = (id, ...said) => {
    for (const it of said) bridge.write({ kind: 'Message', socket: 1, body: [id, '', typeof it === 'string' ? it : JSON.stringify(it)] });
  };
  bridge.on('Open', ({ socket, id }, connection) => {
    connection.write({ kind: 'Opened', socket, id }, { kind: 'Credit', socket, messages: 1000, bytes: 1 << 20 });
  });
  bridge.on('Message', ({ body }) => {
    assert.equal(text(body[1]), '');
    const [id, said] = [text(body[0]), JSON.parse(text(body[2]))];
    told.push(said);
    answer(said, (...it) => say(id, ...it));
  });
  const { socket } = connected(t, zmq.DEALER, {}, bridge);
  await socket.ready();
  return { client: new StreamClient(socket, options), told, say, bridge, socket };
}

/** Answers as a server that counts does: as far as there is credit. */
function counting(to) {
  let sent = 0;
  let credit = 0;
  return (said, say) => {
    if (said.cancel) return;
    credit += said.credit;
    if (said.credit === 0) say({ credit: 0 });
    for (; credit > 0 && sent < to; credit--) say({ item: sent++ });
    if (sent === to) say({ end: 'ok' });
  };
}

async function all(stream) {
  const items = [];
  for await (const item of stream) items.push(item);
  return items;
}

test('items come in order, to the end', async (t) => {
  const { client, told } = await server(t, counting(200));
  const items = await all(client.stream('count', [200], { pause: 0 }));
  assert.deepEqual(items, Array.from({ length: 200 }, (_, i) => i));
  assert.deepEqual(told[0], { stream: 'count', args: [200], kwargs: { pause: 0 }, credit: 64 });
  assert.ok(told.slice(1).every(({ credit }) => credit === 32), JSON.stringify(told));
});

test('a slow loop stops the server', async (t) => {
  let sent = 0;
  const count = counting(Infinity);
  const { client, told } = await server(t, (said, say) => count(said, (...it) => ((sent += it.length), say(...it))));
  let used = 0;
  for await (const item of client.stream('count', [], {}, { credit: 8 })) {
    assert.equal(item, used++);
    await sleep(1);
    assert.ok(sent - used <= 8, `${sent - used} items wait`);
    if (used === 50) break;
  }
  await until(() => told.at(-1).cancel === true);
});

test('nothing is called before somebody asks for an item, and what was left is canceled', async (t) => {
  const { client, told } = await server(t, (said, say) => say({ item: 1 }));
  const idle = client.stream('a');
  const stream = client.stream('b');
  assert.deepEqual(await stream.next(), { done: false, value: 1 });
  assert.deepEqual(await stream.return(), { done: true, value: undefined });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.deepEqual(await idle.return(), { done: true, value: undefined });
  await until(() => told.length === 2);
  assert.deepEqual(told, [{ stream: 'b', args: [], kwargs: {}, credit: 64 }, { cancel: true }]);
});

test('several may ask at the same time', async (t) => {
  const { client } = await server(t, counting(2));
  const stream = client.stream('count');
  const got = await Promise.all([stream.next(), stream.next(), stream.next()]);
  assert.deepEqual(got.map(({ value }) => value), [0, 1, undefined]);
});

test('the golden answers', async (t) => {
  for (const { name, text: answer, value: want, end, error, error_text = '', error_type } of vectors('parse_stream_answer')) {
    await t.test(name, async (t) => {
      const { client, say } = await server(t, (said, say) => said.cancel || say(answer));
      const stream = client.stream('f');
      const next = stream.next().then(({ value, done }) => (done ? 'ok' : { value }), (why) => why);
      if (want !== undefined) {
        const meant = /NaN/.test(want) ? [NaN, -Infinity] : JSON.parse(want);
        return assert.deepEqual(await next, { value: meant });
      }
      if (end === undefined && error === undefined) {
        assert.equal(await Promise.race([next, sleep(20).then(() => 'nothing')]), 'nothing');
        return stream.return();
      }
      const got = await next;
      if (end === 'ok') return assert.equal(got, 'ok');
      assert.deepEqual([got.code, got.type, got.remote], [end ?? error, error_type, true]);
      if (error_text) assert.equal(got.message, error_text);
    });
  }
});

test('what begins a stream is written as it is elsewhere', async (t) => {
  for (const { name, func, args, kwargs, credit, text: want, error } of vectors('append_stream_call')) {
    if (error === undefined && !credit) continue; // a page always grants some
    await t.test(name, async (t) => {
      let given;
      try {
        given = [func, args && JSON.parse(args), kwargs && JSON.parse(kwargs), { credit: credit ?? 1 }];
      } catch {
        return; // this is not JSON, and a page cannot even pass it
      }
      const { client, told } = await server(t, (said, say) => say({ end: 'ok' }));
      const got = all(client.stream(...given));
      if (error !== undefined) return assert.equal((await failure(got)).code, error);
      await got;
      assert.deepEqual(told[0], { kwargs: {}, ...JSON.parse(want) });
    });
  }
});

test('an error comes behind the items before it', async (t) => {
  const { client } = await server(t, (said, say) => say({ item: 1 }, { item: 2 }, { end: 'failed', error_msg: 'no', error_type: 'E' }));
  const got = [];
  const why = await failure((async () => { for await (const it of client.stream('f')) got.push(it); })());
  assert.deepEqual([got, why.code, why.message, why.type], [[1, 2], 'failed', 'no', 'E']);
});

test('a signal cancels', async (t) => {
  const { client, told } = await server(t);
  const abort = new AbortController();
  const next = failure(client.stream('f', [], {}, { signal: abort.signal }).next());
  await until(() => told.length === 1);
  abort.abort('enough');
  assert.equal(await next, 'enough');
  await until(() => told.length === 2);
  assert.deepEqual(told[1], { cancel: true });
  assert.equal(await failure(client.stream('f', [], {}, { signal: abort.signal }).next()), 'enough');
});

test('a server that goes away, or whose messages are missing, ends its streams', async (t) => {
  const ends = {
    lost: ({ bridge }) => bridge.write({ kind: 'State', socket: 1, id: 1, code: 5, text: 'connection reset' }),
    busy: ({ bridge }) => bridge.write({ kind: 'Gap', socket: 1, id: 0, messages: 3, code: 8 }),
    closed: ({ socket }) => void socket.close(),
  };
  for (const [code, end] of Object.entries(ends)) {
    const all = await server(t, (said, say) => said.stream && say({ item: 1 }));
    const stream = all.client.stream('f');
    await stream.next();
    const next = failure(stream.next());
    end(all);
    assert.equal((await next).code, code);
  }
});

test('a server that hangs ends its streams, and one that is quiet does not', async (t) => {
  let hangs = false;
  const { client, told } = await server(t, (said, say) => hangs || say({ credit: 0 }), { renewal: 10 });
  const next = client.stream('f').next();
  assert.equal(await Promise.race([next, sleep(100).then(() => 'quiet')]), 'quiet');
  hangs = true;
  assert.equal((await failure(next)).code, 'timeout');
  assert.ok(told.filter(({ credit }) => credit === 0).length >= 3);
});

test('what was refused ends what has not begun', async (t) => {
  const { client, bridge } = await server(t, (said, say) => said.stream === 'a' && say({ item: 1 }));
  const begun = client.stream('a');
  await begun.next();
  const other = failure(client.stream('b').next());
  await bridge.want('Message', 2);
  bridge.write({ kind: 'Failed', socket: 1, id: 0, code: 3, text: 'not here' });
  assert.equal((await other).code, 'denied');
  assert.equal(await Promise.race([begun.next(), sleep(20).then(() => 'goes on')]), 'goes on');
});

test('more items than were granted end the stream, and items of none are answered with cancel', async (t) => {
  const { client, told, say } = await server(t, (said, say) => said.stream && say(...Array(5).fill({ item: 1 })));
  const why = await failure(
    (async () => {
      const stream = client.stream('f', [], {}, { credit: 2 });
      await stream.next();
      await sleep(20);
      for (;;) if ((await stream.next()).done) return;
    })(),
  );
  assert.equal(why.code, 'protocol');
  told.length = 0;
  say('someone', '{"item":1}', '{"end":"ok"}');
  await until(() => told.length > 0);
  await sleep(10);
  assert.deepEqual(told, [{ cancel: true }]);
});

test('calls go the same way', async (t) => {
  const { client } = await server(t, (said, say) => said.funcname === 'never' || say({ returnval: said.args }));
  assert.deepEqual(await client.call('echo', [1, 2]), [1, 2]);
  assert.deepEqual(await client.api.echo(3), [3]);
  assert.equal((await failure(client.call('never', [], {}, { timeout: 10 }))).code, 'timeout');
  assert.equal(await failure(client.call('never', [], {}, { signal: AbortSignal.abort('enough') })), 'enough');
  const abort = new AbortController();
  const call = failure(client.call('never', [], {}, { signal: abort.signal }));
  abort.abort('later');
  assert.equal(await call, 'later');
});

test('wrong uses', async (t) => {
  const { socket } = connected(t, zmq.REQ);
  assert.throws(() => new StreamClient(socket), { code: 'invalid' });
  const { client } = await server(t);
  for (const credit of [0, -1, 1.5, NaN]) assert.throws(() => client.stream('f', [], {}, { credit }), { code: 'invalid' });
  assert.equal((await failure(client.stream('').next())).code, 'invalid');
  assert.equal((await failure(client.stream('f', [NaN]).next())).code, 'invalid');
});

test('there are so many streams at most', async (t) => {
  const { client } = await server(t);
  const waiting = Array.from({ length: 1000 }, () => client.stream('f'));
  for (const stream of waiting) stream.next().catch(() => {});
  assert.equal((await failure(client.stream('f').next())).code, 'busy');
  await waiting[0].return();
  client.stream('f').next().catch(() => {});
});
