import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { failure, page, sleep, until } from './support/page.mjs';

/** The capability to renew credentials, which both ends announce. */
const canRenew = 8;
const expired = 4401;

/** A bridge that can renew, and a page with this getToken. What it was asked is listed. */
function login(t, getToken) {
  const asked = [];
  const bridge = new Bridge({ flags: canRenew });
  const all = page(
    t,
    {
      getToken: (query) => {
        asked.push(query);
        return getToken(query, asked.length);
      },
    },
    bridge,
  );
  const states = [];
  all.context.on('status', ({ state, code }) => states.push(code === undefined ? state : `${state} ${code}`));
  return { ...all, asked, states, reasons: () => asked.map(({ reason }) => reason) };
}

const presented = ({ params }) => JSON.parse(params);

test('the first token is in the Hello', async (t) => {
  const { bridge, context, reasons } = login(t, async () => 'first');
  await context.ready();
  assert.deepEqual(presented(bridge.of('Hello')[0]), { token: 'first' });
  assert.deepEqual(reasons(), ['connect']);
});

test('a token that expires is renewed in the session', async (t) => {
  const { bridge, context, states, reasons } = login(t, (_, n) => `token ${n}`);
  await context.ready();
  for (const n of [2, 3]) {
    bridge.connection.transmit({ kind: 'Expiring', millis: 10_000, code: 0, text: '' });
    assert.deepEqual(presented(await bridge.want('Credentials', n - 1)), { token: `token ${n}` });
  }
  assert.deepEqual(reasons(), ['connect', 'expired', 'expired']);
  assert.deepEqual([states, bridge.connections.length], [['connected'], 1]);
});

test('one that is refused is asked for again, after a pause', async (t) => {
  const { bridge, context, states, reasons } = login(t, (_, n) => `token ${n}`);
  await context.ready();
  bridge.connection.transmit({ kind: 'Expiring', millis: 10_000, code: 1, text: 'not that one' });
  assert.deepEqual(presented(await bridge.want('Credentials')), { token: 'token 2' });
  assert.deepEqual([reasons(), states], [['connect', 'refused'], ['connected']]);
});

test('one that is refused when the page connects is asked for at most three times', async (t) => {
  const { bridge, context, reasons } = login(t, () => 'the same');
  bridge.on('Hello', (_, connection) => connection.drop(expired, 'too old'));
  const why = await failure(context.ready());
  assert.deepEqual([why.code, why.message], ['unauthenticated', 'too old']);
  assert.deepEqual(reasons(), ['connect', 'refused', 'refused', 'refused']);
  assert.equal(context.status().state, 'closed');
});

test('a page that is refused for good asks nobody again', async (t) => {
  const { bridge, context, reasons } = login(t, () => 'mine');
  await context.ready();
  bridge.connection.drop(4511, 'not you');
  const why = await failure(context.ready());
  assert.deepEqual([why.code, why.message], ['denied', 'not you']);
  assert.deepEqual(reasons(), ['connect']);
});

test('the token of another user: the session ends, and another one begins with a token that is asked for', async (t) => {
  const { bridge, context, states, reasons } = login(t, (_, n) => (n === 2 ? 'of somebody else' : `token ${n}`));
  await context.ready();
  bridge.on('Credentials', (_, connection) => connection.drop(expired, 'these are the credentials of another user'));
  bridge.connection.transmit({ kind: 'Expiring', millis: 10_000, code: 0, text: '' });
  assert.deepEqual(presented(await bridge.want('Hello', 2)), { token: 'token 3' });
  await until(() => states.at(-1) === 'connected');
  assert.deepEqual(reasons(), ['connect', 'expired', 'expired']);
  assert.deepEqual(states, ['connected', 'reconnecting unauthenticated', 'connected']);
});

test('a getToken that rejects is called again, and may say that there is none', async (t) => {
  const { bridge, context, reasons } = login(t, async (_, n) => {
    if (n === 2) throw new Error('the provider is down');
    return `token ${n}`;
  });
  await context.ready();
  bridge.connection.transmit({ kind: 'Expiring', millis: 10_000, code: 0, text: '' });
  assert.deepEqual(presented(await bridge.want('Credentials')), { token: 'token 3' });
  assert.deepEqual(reasons(), ['connect', 'expired', 'expired']);
});

for (const [what, returned] of [
  ['nothing', undefined],
  ['an empty text', ''],
  ['an object', { token: 'x' }],
]) {
  test(`a getToken that returns ${what} is told what a token is`, async (t) => {
    const { context } = login(t, () => returned);
    const why = await failure(context.ready());
    assert.equal(why.code, 'unauthenticated');
    assert.match(why.message, /a token is a string that is not empty/);
  });
}

test('a getToken that hangs is given up after 30 s, by its signal, and called again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { bridge, asked, states } = login(t, (_, n) => (n === 1 ? new Promise(() => {}) : `token ${n}`));
  const turns = async () => {
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
  };
  await turns();
  t.mock.timers.tick(29_999);
  await turns();
  assert.deepEqual([asked.length, asked[0].signal.aborted], [1, false]);
  t.mock.timers.tick(1);
  await turns();
  assert.equal(asked[0].signal.aborted, true);
  assert.deepEqual(states, ['connecting unauthenticated']);
  t.mock.timers.tick(5000);
  await turns();
  assert.equal(asked.length, 2);
  t.mock.timers.tick(10);
  await turns();
  assert.deepEqual(bridge.connections.length, 1);
});

test('one that is under way when the bridge asks again is given up, and its answer counts for nothing', async (t) => {
  const answers = [];
  const { bridge, context, asked } = login(t, (_, n) => (n === 1 ? 'first' : new Promise((resolve) => answers.push(resolve))));
  await context.ready();
  for (const n of [2, 3]) {
    bridge.connection.transmit({ kind: 'Expiring', millis: 10_000, code: 0, text: '' });
    await until(() => asked.length === n);
  }
  assert.deepEqual([asked[1].signal.aborted, asked[2].signal.aborted], [true, false]);
  answers[0]('stale');
  answers[1]('fresh');
  await bridge.want('Credentials');
  await sleep(20);
  assert.deepEqual(bridge.of('Credentials').map(presented), [{ token: 'fresh' }]);
});

test('a context that is closed gives up whoever is asked', async (t) => {
  const { bridge, context, asked } = login(t, (_, n) => (n === 1 ? 'first' : new Promise(() => {})));
  await context.ready();
  bridge.connection.transmit({ kind: 'Expiring', millis: 10_000, code: 0, text: '' });
  await until(() => asked.length === 2);
  await context.close();
  assert.equal(asked[1].signal.aborted, true);
});

test('an old bridge is handed nothing', async (t) => {
  const bridge = new Bridge();
  const { context } = page(t, { getToken: () => 'x' }, bridge);
  await context.ready();
  bridge.connection.transmit({ kind: 'Expiring', millis: 10_000, code: 0, text: '' });
  await sleep(20);
  assert.equal(bridge.of('Credentials').length, 0);
});
