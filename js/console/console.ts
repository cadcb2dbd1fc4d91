// The console: what index.html loads beside zmq.js. It uses the public API of zmq.js and nothing else, so that whatever
// it does, any page can do. The imports go one way: console.ts → page → card → dom → model.
import { find } from './dom/element.js';
import { later } from './dom/later.js';
import { Connection } from './model/connection.js';
import { Log } from './model/log.js';
import { Traffic } from './model/traffic.js';
import { Chart } from './page/chart.js';
import { CodeBox } from './page/codebox.js';
import { Header } from './page/header.js';
import { LogBox } from './page/logbox.js';
import { Opener } from './page/opener.js';
import { drawPresets } from './page/presets.js';
import { Sockets } from './page/sockets.js';

const fromDisk = location.protocol === 'file:';

const url = find('url', HTMLInputElement);
url.value = new URLSearchParams(location.search).get('bridge') ?? bridgeOfThisPage();

const connection = new Connection(() => url.value.trim());
const traffic = new Traffic();
const log = new Log(traffic);
const chart = new Chart(traffic);
const logBox = new LogBox(log, chart.draw);
const sockets = new Sockets(connection, log, new CodeBox(), (names) => logBox.offer(names));

new Header(connection);
new Opener((opening) => sockets.open(opening));
drawPresets((opening) => sockets.open(opening));
chart.draw();

setInterval(() => {
  later(chart.draw);
  sockets.tick();
}, 250);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => later(chart.draw));
addEventListener('resize', () => later(chart.draw));

// A connection, and nothing else before somebody asks for it. Without the client index.html says what is wrong.
if (!fromDisk && 'zmq' in globalThis) connection.dial();

/** The WebSocket of the bridge that served this page, or of one on this machine where nobody served it. */
function bridgeOfThisPage(): string {
  if (fromDisk) return 'ws://127.0.0.1:8000/data';
  return new URL('data', location.origin + location.pathname).href.replace('http', 'ws');
}
