// The console: what index.html loads beside zmq.js. It uses the public API of zmq.js and nothing else, so that whatever
// it does, any page can do. The imports go one way: console.ts → page → card → dom → model.
import { find } from './dom/element.js';
import { later } from './dom/later.js';
import { Connection } from './model/connection.js';
import { type Kind, subscribes } from './model/kind.js';
import { Observations } from './model/observations.js';
import type { Opening } from './model/opening.js';
import { fromHash } from './model/sharing.js';
import { Chart } from './page/chart.js';
import { CodeBox } from './page/codebox.js';
import { EventsView } from './page/eventsview.js';
import { Explorer } from './page/explorer.js';
import { Exporter } from './page/exporter.js';
import { Header } from './page/header.js';
import { LatencyView } from './page/latencyview.js';
import { LogBox } from './page/logbox.js';
import { LoginForm } from './page/login.js';
import { Opener } from './page/opener.js';
import { Player } from './page/player.js';
import { drawPresets } from './page/presets.js';
import { Services } from './page/services.js';
import { Sharing } from './page/sharing.js';
import { Shortcuts } from './page/shortcuts.js';
import { Sockets } from './page/sockets.js';
import { Theming } from './page/theme.js';
import { type View, type ViewName, viewNames, Views } from './page/views.js';

const fromDisk = location.protocol === 'file:';
const home = bridgeOfThisPage();
const shared = fromHash(location.hash);

const url = find('url', HTMLInputElement);
const asked = new URLSearchParams(location.search).get('bridge') ?? home;
url.value = shared.bridge ?? asked;

const connection = new Connection(() => url.value.trim());
const observed = new Observations();
const { log, timeline, topics, traffic } = observed;
const chart = new Chart(traffic, timeline);
const explorer = new Explorer(topics, find('no-topics'));
const logBox = new LogBox(log, find('no-messages'));
const views = new Views(
  new Map<ViewName, View>([
    ['topics', explorer],
    ['messages', logBox],
    ['events', new EventsView(timeline, find('no-events'))],
    ['latency', new LatencyView(observed, find('no-answers'))],
  ]),
);
const sockets = new Sockets(connection, observed, new CodeBox(), (names) => {
  logBox.offer(names);
  sharing.changed();
});
const sharing = new Sharing(() => ({
  bridge: url.value.trim() === home ? undefined : url.value.trim(),
  view: views.name,
  filter: views.filter,
  topic: explorer.topic,
  sockets: sockets.shared,
}));
const exporter = new Exporter(log, () => logBox.listed);

new Player(observed, () => views.choose('messages'));

logBox.released = () => views.hold(false);
new Header(connection);
new LoginForm(connection);
new Opener(open);
new Services(connection, open);
drawPresets(open);
const theming = new Theming(() => later(drawAll));
const shortcuts = new Shortcuts([
  { key: '?', says: 'These keys', run: () => shortcuts.show() },
  { key: '/', says: 'Filter topics, messages and events', run: () => views.focusFilter() },
  { key: 'n', says: 'Open a socket', run: openByHand },
  { key: 'p', says: 'Pause, or go on', run: () => views.hold(!views.held) },
  { key: 'x', says: 'Clear everything that was seen', run: clear },
  ...viewNames.slice(1).map((name, i) => ({ key: String(i + 1), says: `Show ${name}`, run: () => views.choose(name) })),
  { key: 'r', says: 'Record, or stop and save', run: exporter.toggle },
  { key: 's', says: 'Copy a link to what this page shows', run: () => void sharing.copyLink() },
  { key: 't', says: 'Light colours, dark ones, those of the system', run: theming.next },
  { key: '↑ ↓ ← →', says: 'In the topics: go, fold and unfold' },
  { key: '*', says: 'In the topics: pin' },
]);

find('clear').addEventListener('click', clear);
explorer.changed = sharing.changed;
const wanted = viewNames.find((it) => it === shared.view);
if (wanted === undefined) views.show('topics');
else views.choose(wanted);
views.filter = shared.filter ?? '';
views.changed = sharing.changed;
explorer.want(shared.topic);

setInterval(() => {
  topics.settle();
  exporter.tick();
  if (!views.held) later(chart.draw);
  views.tick();
  later(sockets.tick);
}, 250);
addEventListener('resize', () => later(drawAll));

// A connection, and nothing else before somebody asks for it. Without the client index.html says what is wrong. A link that
// names another bridge does not connect there by itself: who follows it is to see first where it leads.
if (!fromDisk && 'zmq' in globalThis) {
  for (const socket of shared.sockets) sockets.restore(socket);
  if ([undefined, home, asked].includes(shared.bridge)) connection.dial();
}
drawAll();

function open(opening: Opening): void {
  sockets.open(opening);
  views.suggest(viewOf(opening.kind));
}

/** What one wants to see of a kind of socket. */
function viewOf(kind: Kind): ViewName {
  return subscribes(kind) ? 'topics' : 'messages';
}

function openByHand(): void {
  if (find('tab-sockets').offsetParent !== null) views.choose('sockets');
  find('address').focus();
}

function clear(): void {
  observed.clear();
  logBox.redraw();
  drawAll();
}

function drawAll(): void {
  chart.draw();
  views.draw();
}

/** The WebSocket of the bridge that served this page, or of one on this machine where nobody served it. */
function bridgeOfThisPage(): string {
  if (fromDisk) return 'ws://127.0.0.1:8000/data';
  return new URL('data', location.origin + location.pathname).href.replace('http', 'ws');
}
