// Contexts and sockets in the state of an application: state libraries wrap what they are given, and mount it twice.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { page, texts, until, zmq } from './support/page.mjs';
import { browser } from './support/browser.mjs';

const echo = () => {
  const bridge = new Bridge();
  return bridge.on('Request', ({ id, socket, body }) => bridge.write({ kind: 'Reply', socket, id, body }));
};

/** Uses everything of a context and its sockets, which hold(value) puts into a state and takes out again. */
async function use(t, hold) {
  const made = page(t, {}, echo());
  const { bridge } = made;
  const context = hold(made.context);
  const seen = [];
  context.on('status', ({ state }) => seen.push(state));
  await context.ready();
  assert.equal(context.status().state, 'connected');
  const req = hold(context.Socket(zmq.REQ));
  await req.connect('tcp://a:1');
  assert.deepEqual(texts(await req.request(['a', 'b'])), ['a', 'b']);
  assert.equal(String(await req.send('c')), 'c');
  const rpc = hold(new zmq.RPCClient(req));
  bridge.on('Request', ({ id, socket }) => bridge.write({ kind: 'Reply', socket, id, body: ['{"returnval":3}'] }));
  assert.equal(await rpc.call('add', [1, 2]), 3);
  assert.equal(await rpc.api.add(1, 2), 3);
  const sub = hold(new context.Socket(zmq.SUB));
  const got = [];
  sub.on('gap', ({ missed }) => got.push(missed));
  sub.connect('tcp://a:2');
  await sub.subscribe('x');
  await sub.ready();
  const publish = (...bodies) => bridge.write(...bodies.map((body) => ({ kind: 'Message', socket: 2, body: [body] })));
  publish('1', '2');
  assert.equal(String(await sub.receive()), '1');
  for await (const [part] of sub) {
    assert.equal(String(part), '2');
    break;
  }
  sub.onmessage = (text) => got.push(text);
  assert.equal(typeof sub.onmessage, 'function');
  publish('3');
  bridge.write({ kind: 'Gap', socket: 2, messages: 4, code: 8 });
  await until(() => got.length === 2);
  assert.deepEqual(got, ['3', 4]);
  sub.unsubscribe('x');
  sub.close();
  assert.ok(sub.closed);
  await context.close();
  assert.equal(seen.at(-1), 'closed');
}

test('behind a plain Proxy', (t) => use(t, (it) => new Proxy(it, {})));

test('in the state of Vue', async (t) => {
  const { isReactive, reactive, ref, shallowReactive } = await import('vue');
  await t.test('reactive', (t) => use(t, (it) => reactive({ it }).it));
  await t.test('reactive itself', (t) => use(t, (it) => reactive(it)));
  await t.test('ref', (t) => use(t, (it) => ref(it).value));
  await t.test('deep in a list', (t) => use(t, (it) => ref([{ it }]).value[0].it));
  const { context } = page(t);
  assert.ok(!isReactive(reactive({ context }).context), 'it is not watched');
  await t.test('shallow', (t) => use(t, (it) => shallowReactive({ it }).it));
});

test('in the state of MobX', async (t) => {
  const { configure, observable, runInAction } = await import('mobx');
  configure({ enforceActions: 'never' });
  await use(t, (it) => observable({ it }).it);
  await use(t, (it) => runInAction(() => observable.box(it).get()));
});

test('in the state of immer', async (t) => {
  const { produce } = await import('immer');
  await use(t, (it) => produce({ it: undefined }, (draft) => void (draft.it = it)).it);
  await use(t, (it) => {
    let inside;
    produce({ it, n: 0 }, (draft) => {
      inside = draft.it;
      draft.n++;
    });
    return inside;
  });
});

test('in React, with StrictMode, which mounts everything twice', async (t) => {
  const { JSDOM } = await import('jsdom');
  const { window } = new JSDOM('<div id="root"></div>');
  const before = ['window', 'document', 'navigator', 'IS_REACT_ACT_ENVIRONMENT'].map((name) => [name, globalThis[name]]);
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  for (const name of ['window', 'document', 'navigator']) define(name, name === 'window' ? window : window[name]);
  define('IS_REACT_ACT_ENVIRONMENT', true);
  t.after(() => before.forEach(([name, value]) => (value === undefined ? delete globalThis[name] : define(name, value))));
  const { StrictMode, act, createElement, useEffect, useState } = await import('react');
  const { createRoot } = await import('react-dom/client');
  const bridge = echo();
  const contexts = [];
  let heard = 0;
  function Price() {
    const [price, setPrice] = useState('none');
    useEffect(() => {
      const context = new zmq.Context('ws://bridge.test/data', { WebSocket: bridge.WebSocket });
      contexts.push(context);
      const sub = context.Socket(zmq.SUB);
      sub.connect('tcp://a:1');
      sub.subscribe('fx.');
      sub.onmessage = (text) => {
        setPrice(text);
        heard++;
      };
      return () => context.close();
    }, []);
    return createElement('p', null, price);
  }
  const root = createRoot(window.document.getElementById('root'));
  await act(() => root.render(createElement(StrictMode, null, createElement(Price))));
  assert.equal(contexts.length, 2);
  await until(() => bridge.of('Subscribe').length === 1);
  await act(async () => {
    bridge.write({ kind: 'Message', socket: 1, body: ['fx.1'] });
    await until(() => heard > 0); // what changed is shown at the end of act
  });
  assert.equal(window.document.body.textContent, 'fx.1');
  await act(() => root.unmount());
  assert.deepEqual(contexts.map((it) => it.status().state), ['closed', 'closed']);
  assert.ok(bridge.connections.every((it) => it.readyState === 3));
});

test('a module that is replaced while it runs (HMR) leaves nothing behind', async (t) => {
  const rejections = [];
  const note = (why) => rejections.push(why);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  const window = browser(t);
  const bridge = echo();
  for (let i = 0; i < 50; i++) {
    const { context } = page({ after() {} }, {}, bridge);
    const sub = context.Socket(zmq.SUB);
    sub.connect('tcp://a:1');
    sub.subscribe('a');
    const got = sub.receive().catch(({ code }) => code);
    if (i % 2) await sub.ready();
    await context.close();
    assert.equal(await got, 'closed');
  }
  assert.ok(bridge.connections.every((it) => it.readyState === 3));
  window.online(true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(rejections, []);
});
