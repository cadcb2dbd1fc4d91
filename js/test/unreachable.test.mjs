import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as listen } from 'node:net';
import test from 'node:test';
import { Bridge } from './support/bridge.mjs';
import { browser, define } from './support/browser.mjs';
import { failure, sleep, until, zmq } from './support/page.mjs';

/** A WebSocket that cannot be opened: like that of Node 22 it says "error", and nothing else. */
class Refused extends EventTarget {
  static message = '';
  readyState = 0;
  constructor() {
    super();
    setTimeout(() => {
      this.readyState = 3;
      this.onerror?.({ message: this.constructor.message });
    });
  }
  close() {}
}

/** The same in a browser, where a close event follows at once. */
class RefusedPage extends Refused {
  set onerror(_listener) {}
  get onerror() {
    return () => this.onclose?.({ code: 1006, reason: '' });
  }
}

function unreachable(t, url, { WebSocket = Refused, ...options } = {}) {
  const context = new zmq.Context(url, { WebSocket, minReconnectDelay: 50, maxReconnectDelay: 50, ...options });
  t.after(() => context.close());
  return context;
}

/** Waits until the reason of the status says more than that there is none. */
async function reasonOf(context) {
  await until(() => /\/data(\?x)?: /.test(context.status().reason));
  const { state, code, reason } = context.status();
  assert.deepEqual([state, code], ['connecting', 'unavailable']);
  return reason;
}

async function closedPort() {
  const server = listen().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A web server that answers with this status, and the paths that it was asked for. */
async function webServer(t, status) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(status).end('x');
  }).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return { asked, host: `127.0.0.1:${server.address().port}` };
}

test('Node says that nobody listens', async (t) => {
  const context = unreachable(t, `ws://127.0.0.1:${await closedPort()}/data`);
  assert.match(await reasonOf(context), /^no WebSocket to ws:.*\/data: .*ECONNREFUSED/);
});

test('Node says that HTTP answers', async (t) => {
  for (const [status, words] of [
    [200, /HTTP answers, WebSocket does not \(\/healthz: 200\): a proxy/],
    [404, /HTTP answers, WebSocket does not \(\/healthz: 404\): this is no bridge/],
  ]) {
    const { asked, host } = await webServer(t, status);
    const context = unreachable(t, `ws://${host}/a/path/data?x`);
    assert.match(await reasonOf(context), words);
    await sleep(200); // several attempts later
    assert.deepEqual(asked, ['/a/path/healthz']);
  }
});

test('Node says that there is no TLS', async (t) => {
  const { host } = await webServer(t, 200);
  assert.match(await reasonOf(unreachable(t, `wss://${host}/data`)), /SSL|TLS/);
});

test('what the WebSocket itself says is told', async (t) => {
  const { asked, host } = await webServer(t, 502);
  class Telling extends Refused {
    static message = 'Unexpected server response: 502';
  }
  const context = unreachable(t, `ws://${host}/data`, { WebSocket: Telling });
  assert.match(await reasonOf(context), /: Unexpected server response: 502$/);
  assert.deepEqual(asked, []);
});

test('an attempt that is refused is noticed at once', async (t) => {
  const bridge = new Bridge();
  let dials = 0;
  const context = unreachable(t, 'ws://127.0.0.1:9/data', {
    WebSocket: function (...given) {
      return ++dials < 3 ? new Refused() : new bridge.WebSocket(...given);
    },
  });
  const since = performance.now();
  await context.ready();
  assert.ok(performance.now() - since < 2000, `${performance.now() - since} ms`);
});

/** Lets the client find a page in a browser. asked gets what it fetches, and answer says what that returns. */
function asPage(t, answer) {
  const asked = [];
  browser(t);
  const page = new EventTarget();
  define(t, {
    location: { href: 'https://page.test/' },
    fetch: async (url, { mode }) => {
      asked.push(`${mode} ${url}`);
      return answer();
    },
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  });
  return { asked, page };
}

for (const [name, { url, answer, words }] of Object.entries({
  'another origin answers HTTP': {
    url: 'ws://host.test:1/data',
    answer: () => ({ type: 'opaque', status: 0 }),
    words: /HTTP answers, WebSocket does not: a proxy/,
  },
  'its own origin answers HTTP': {
    url: 'wss://page.test/zwb/data',
    answer: () => ({ type: 'basic', status: 200, ok: true }),
    words: /HTTP answers, WebSocket does not \(\/healthz: 200\)/,
  },
  'nobody answers': {
    url: 'ws://host.test:1/data',
    answer: () => Promise.reject(new TypeError('Failed to fetch')),
    words: /nobody there, or the wrong port: HTTP does not answer either$/,
  },
  'nobody answers over TLS': {
    url: 'wss://host.test:1/data',
    answer: () => Promise.reject(new TypeError('Failed to fetch')),
    words: /nobody there, or the wrong port, or a certificate that is not trusted/,
  },
})) {
  test(`a page finds out: ${name}`, async (t) => {
    const { asked } = asPage(t, answer);
    const context = unreachable(t, url, { WebSocket: RefusedPage });
    assert.match(await reasonOf(context), words);
    assert.deepEqual(asked, [`no-cors ${new URL('healthz', url.replace('ws', 'http')).href}`]);
  });
}

test('a page finds out: its Content-Security-Policy blocks it', async (t) => {
  const { asked, page } = asPage(t, () => assert.fail('nobody has to be asked'));
  const violated = (blockedURI, disposition) => page.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), { blockedURI, disposition }));
  let before;
  class Blocked extends RefusedPage {
    constructor() {
      super();
      setTimeout(() => {
        violated('inline', 'enforce');
        violated('ws://host.test:1/data', 'report');
        violated('http://host.test:1/healthz', 'enforce');
        before ??= context.status().reason;
        violated('ws://host.test:1/data', 'enforce');
      }, 5);
    }
  }
  const context = unreachable(t, 'ws://host.test:1/data', { WebSocket: Blocked });
  assert.match(await reasonOf(context), /Content-Security-Policy .*connect-src/);
  await sleep(100);
  assert.equal(before, 'no WebSocket to ws://host.test:1/data');
  assert.deepEqual(asked, []);
});

test('what was never sent is unavailable, and says why', async (t) => {
  const context = unreachable(t, `ws://127.0.0.1:${await closedPort()}/data`);
  const req = context.Socket(zmq.REQ);
  req.connect('tcp://a:1').catch(() => {});
  const why = await failure(req.request('x', { timeout: 300 }));
  assert.equal(why.code, 'unavailable');
  assert.match(why.message, /^nothing was sent: .*no WebSocket to .*ECONNREFUSED/);
  const late = await failure(context.ready({ timeout: 1 }));
  assert.match(late.message, /ECONNREFUSED/);
});

test('a message is not taken before there is a bridge', async (t) => {
  const bridge = new Bridge().on('Hello', () => {});
  const context = new zmq.Context('ws://bridge.test/data', { WebSocket: bridge.WebSocket });
  t.after(() => context.close());
  const [push, other] = [context.Socket(zmq.PUSH), context.Socket(zmq.PUSH)];
  for (const socket of [push, other]) socket.connect('tcp://a:1');
  let taken = 0;
  const sent = ['a', 'b'].map((text) => push.send(text).then(() => taken++));
  const closed = failure(other.send('c'));
  const hello = await bridge.want('Hello');
  await sleep(20);
  assert.equal(taken, 0);
  other.close();
  assert.equal((await closed).code, 'closed');
  bridge.welcome(hello, bridge.connection);
  await Promise.all(sent);
  assert.equal(taken, 2);
});
