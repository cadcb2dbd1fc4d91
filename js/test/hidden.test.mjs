// What SUBs do while nobody sees the page.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { browser } from './support/browser.mjs';
import { page, until, zmq } from './support/page.mjs';

const resubscribe = 16;
const address = 'tcp://backend.test:1';

/** A page with a SUB that is subscribed to 'a', and a bridge that answers. */
async function subscribed(t, hidden, options) {
  const window = browser(t);
  const { bridge, context } = page(t, { hidden }, new Bridge({ flags: resubscribe }));
  const sub = context.Socket(zmq.SUB, options);
  sub.subscribe('a');
  sub.connect(address);
  await sub.ready();
  return { window, bridge, context, sub };
}

const text = (bytes) => Buffer.from(bytes).toString();
const message = (socket, ...body) => ({ kind: 'Message', socket, body });

test('a SUB that pauses is let go of, and comes back with a gap where there is no history', async (t) => {
  const { window, bridge, sub } = await subscribed(t, 'pause');
  const gaps = [];
  sub.on('gap', (gap) => gaps.push(gap));
  bridge.write(message(1, 'a', '1'));
  await until(() => sub.readable);
  window.visible(false);
  await bridge.want('Close');
  bridge.write(message(1, 'a', 'under way'));
  sub.unsubscribe('a');
  await sub.subscribe('b'); // the bridge is told when the page is seen
  await sub.connect('tcp://other.test:1');
  window.visible(true);
  const opened = await bridge.want('Open', 3);
  assert.deepEqual(bridge.of('Open').map(({ socket, id }) => [socket, id]), [[1, 1], [2, 1], [2, 2]], opened.kind);
  await sub.ready();
  bridge.write(message(2, 'b', '2'));
  assert.equal(String((await sub.receive())[1]), '1');
  assert.equal(String((await sub.receive())[1]), '2');
  assert.deepEqual(gaps, [{ missed: 0, code: 'lost' }]);
  assert.equal(text(bridge.of('Subscribe').at(-1).name), 'b');
});

test('with a history it goes on where it was', async (t) => {
  const { window, bridge, sub } = await subscribed(t, 'pause');
  sub.on('gap', (gap) => assert.fail(JSON.stringify(gap)));
  bridge.write(
    { kind: 'Position', socket: 1, id: 1, offset: 7, name: 'epoch' },
    { kind: 'Publication', socket: 1, id: 1, offset: 8, body: ['a', 'not read before the page was hidden'] },
  );
  await until(() => sub.readable);
  window.visible(false);
  await bridge.want('Close');
  window.visible(true);
  const { socket, offset, name } = await bridge.want('Recover');
  assert.deepEqual([socket, offset, text(name)], [2, 8, 'epoch']);
  bridge.write(
    { kind: 'Position', socket: 2, id: 1, offset: 8, name: 'epoch', flags: 1, messages: 1 },
    { kind: 'Publication', socket: 2, id: 1, offset: 9, body: ['a', 'missed'] },
  );
  assert.equal((await sub.receive()).recovered, undefined);
  assert.equal(sub.position(), '8@epoch');
  assert.equal((await sub.receive()).recovered, true);
  assert.equal(sub.position(), '9@epoch');
});

test('a SUB that conflates gets a message a second, and then as many as before', async (t) => {
  const { window, bridge, sub } = await subscribed(t, 'conflate', { rate: 20, overflow: 'drop-oldest' });
  const terms = () => bridge.of('Subscribe').map(({ id, flags, millis, name }) => [id, flags, millis, text(name)]);
  window.visible(false);
  await bridge.want('Subscribe', 2);
  sub.subscribe('b', { rate: 0.5, overflow: 'conflate' });
  await bridge.want('Subscribe', 3);
  window.visible(true);
  await bridge.want('Subscribe', 4);
  assert.deepEqual(terms(), [[1, 2, 50, 'a'], [1, 2, 1000, 'a'], [2, 3, 2000, 'b'], [1, 2, 50, 'a']]);
  assert.equal(bridge.of('Close').length, 0);
});

test('who looks elsewhere for a moment misses nothing, and nothing happens without the option', async (t) => {
  const { window, bridge, context, sub } = await subscribed(t, 'pause');
  const keep = context.Socket(zmq.SUB, { hidden: 'keep' });
  const push = context.Socket(zmq.PUSH);
  await Promise.all([keep.connect(address), push.connect(address)]);
  window.visible(false);
  await sleep(100);
  window.visible(true);
  await sleep(1200);
  assert.equal(bridge.of('Close').length, 0);
  window.visible(false);
  await bridge.want('Close');
  await context.rtt(); // the bridge has heard all that was said before
  assert.deepEqual(bridge.of('Close').map(({ socket }) => socket), [1]);
  sub.close();
});

test('the option of a socket wins, and a SUB that was made unseen works', async (t) => {
  const { window, bridge, context } = await subscribed(t, 'keep', { hidden: 'pause' });
  window.visible(false);
  await bridge.want('Close');
  const late = context.Socket(zmq.SUB, { hidden: 'pause' });
  late.subscribe('');
  await late.connect(address);
  await late.ready();
});

test('a SUB that is closed while it pauses stays closed', async (t) => {
  const { window, bridge, context, sub } = await subscribed(t, 'pause');
  window.visible(false);
  await bridge.want('Close');
  assert.equal(await sub.close(), 0);
  window.visible(true);
  await context.rtt(); // the bridge has heard all that was said before
  assert.equal(bridge.of('Open').length, 1);
});

test('what is no way to be hidden is refused', (t) => {
  const { context } = page(t);
  assert.throws(() => new zmq.Context('ws://bridge.test/data', { hidden: true }), { code: 'invalid' });
  assert.throws(() => context.Socket(zmq.SUB, { hidden: 'stop' }), { code: 'invalid' });
  assert.throws(() => context.Socket(zmq.REQ, { hidden: 'pause' }), { code: 'invalid' });
});
