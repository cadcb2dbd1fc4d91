// What the console knows without a page: topics, numbers, histograms, links, files.
import assert from 'node:assert/strict';
import test from 'node:test';

import { fromConsole } from './support/console.mjs';

const source = (name = 'SUB 1') => ({ name, kind: 'SUB', address: 'tcp://127.0.0.1:1', seen: 0, gone: false });
const bytes = (text) => Buffer.from(text);
const hex = (text) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

test('the topic of a message is its first part, or the first word of the only one', async () => {
  const { topicOf, pieces } = await fromConsole('model/topicname.ts');
  for (const [parts, topic] of [
    [['fx.EURUSD', '1'], 'fx.EURUSD'],
    [[bytes('fx.EURUSD'), bytes('1')], 'fx.EURUSD'],
    [['10001 22 75'], '10001'],
    [['{"a": 1}'], ''],
    [['word'], ''],
    [[''], ''],
    [[], ''],
    [['', 'without a topic'], ''],
    [['x'.repeat(121), 'y'], ''],
    [[hex('00 ff 0a'), 'y'], '0x00ff0a'],
  ]) {
    assert.equal(topicOf(parts), topic, String(parts));
  }
  for (const [topic, wanted] of [
    ['time', ['time']],
    ['fx.EURUSD', ['fx.', 'EURUSD']],
    ['plant/hall.1/door', ['plant/', 'hall.1/', 'door']],
    ['a:b', ['a:', 'b']],
    ['ends/', ['ends/']],
    ['//x', ['/', '/', 'x']],
    ['', ['']],
    ['1.2.3.4.5.6.7.8.9.10.11.12.13.14', ['1.', '2.', '3.', '4.', '5.', '6.', '7.', '8.', '9.', '10.', '11.', '12.13.14']],
  ]) {
    assert.deepEqual(pieces(topic), wanted);
    assert.equal(pieces(topic).join(''), topic);
  }
});

test('topics are counted here and above, and keep their last message', async () => {
  const { Topics } = await fromConsole('model/topics.ts');
  const topics = new Topics();
  const sub = source();
  for (let i = 0; i < 3; i++) topics.receive(sub, ['fx.EURUSD', `value ${i}`], 10);
  topics.receive(sub, ['fx.', 'of the branch itself'], 5);
  topics.settle();
  const [root] = topics.roots;
  const branch = root.children.get('fx.');
  assert.deepEqual([root.count, branch.count, branch.own, branch.children.get('EURUSD').own], [4, 4, 1, 3]);
  assert.deepEqual(branch.children.get('EURUSD').parts.map((part) => part.text), ['fx.EURUSD', 'value 2']);
  assert.equal(root.bytes, 35);
  topics.drop(sub);
  assert.deepEqual([topics.roots.length, topics.topics, topics.nodes, topics.kept], [0, 0, 0, 0]);
});

test('there are so many topics at most, and so many bytes of them; what is more is counted', async () => {
  const { Topics, MOST_TOPICS, MOST_BYTES } = await fromConsole('model/topics.ts');
  const topics = new Topics();
  for (let i = 0; i < MOST_TOPICS + 100; i++) topics.receive(source.one ??= source(), [`t.${i}`, 'x'], 1);
  assert.deepEqual([topics.topics, topics.overflow], [MOST_TOPICS, 100]);
  topics.clear();
  const large = 'x'.repeat(60 << 10);
  for (let i = 0; i < 2000; i++) topics.receive(source.one, [`t.${i}`, large], large.length);
  topics.settle();
  assert.ok(topics.kept < MOST_BYTES + 2000 * 300, `${topics.kept} bytes are kept`);
  const last = topics.roots[0].children.get('t.').children.get('1999');
  assert.equal(last.size, large.length + 6, 'its size is told, though');
});

test('topics are settled after many messages even if nobody looks, and hold on to none of them', async () => {
  const { Topics } = await fromConsole('model/topics.ts');
  const topics = new Topics();
  for (let i = 0; i < 4096; i++) topics.receive(source.one ??= source(), ['t', 'x'], 1);
  assert.equal(topics.roots[0].count, 4096);
});

test('the rows of the tree: unfolded ones, what matches a filter, and what is pinned first', async () => {
  const { Topics } = await fromConsole('model/topics.ts');
  const { treeRows } = await fromConsole('model/treerows.ts');
  const topics = new Topics();
  for (const name of ['b.2', 'b.10', 'b.1', 'a']) topics.receive(source.one ??= source(), [name, 'x'], 1);
  topics.settle();
  const said = (filter) => treeRows(topics.roots, filter).map(({ topic, pin }) => (pin ? '*' : '') + topic.name).join();
  assert.equal(said(''), ',a,b.,b.1,b.2,b.10');
  const branch = topics.roots[0].children.get('b.');
  branch.children.get('10').pinned = true;
  branch.open = false;
  assert.equal(said(''), '*b.10,,a,b.');
  assert.equal(said('2'), '*b.10,,b.,b.2', 'a filter looks into what is folded, and leaves what is pinned');
  assert.equal(said('10'), '*b.10,,b.,b.10');
  assert.equal(said('nothing'), '*b.10');
});

test('numbers are found in JSON, in MessagePack and in plain text', async () => {
  const { fieldsOf, MOST_FIELDS } = await fromConsole('model/fields.ts');
  assert.deepEqual([...fieldsOf({ a: 1, b: { c: [2, 3n] }, d: 'no', e: true, f: null })], [['a', 1], ['b.c[0]', 2], ['b.c[1]', 3], ['e', 1]]);
  assert.deepEqual([...fieldsOf(7)], [['', 7]]);
  assert.equal(fieldsOf(Array.from({ length: 1000 }, (_, i) => i)).size, MOST_FIELDS);
  const { Samples, MOST_SAMPLES } = await fromConsole('model/samples.ts');
  const { Part } = await fromConsole('model/part.ts');
  const samples = new Samples();
  for (let i = 0; i < MOST_SAMPLES + 5; i++) samples.take([new Part('42'), new Part(`{"n": ${i}}`)], i);
  samples.take([new Part('t'), new Part(hex('81 a1 6d 05'))], 9);
  samples.take([new Part('t'), new Part('-1.5')], 10);
  assert.deepEqual([...samples.lines.keys()], ['n', 'm', 'value'], 'the topic is no number');
  assert.deepEqual([samples.lines.get('n').values.length, samples.lines.get('n').values[0]], [MOST_SAMPLES, 5]);
});

test('MessagePack is read, and what is none is refused', async () => {
  const { unpack } = await fromConsole('model/msgpack.ts');
  for (const [packed, value] of [
    ['07', 7], ['ff', -1], ['c0', null], ['c3', true], ['cb 3f f8 00 00 00 00 00 00', 1.5], ['ca 3f c0 00 00', 1.5],
    ['cd 01 00', 256], ['ce 00 01 00 00', 65536], ['d1 ff 00', -256], ['d3 ff ff ff ff ff ff ff fe', -2],
    ['cf 00 00 00 00 00 00 00 09', 9], ['cf ff ff ff ff ff ff ff ff', 2n ** 64n - 1n],
    ['a2 68 69', 'hi'], ['d9 02 68 69', 'hi'], ['93 01 a1 61 c2', [1, 'a', false]], ['82 a1 61 01 02 03', { a: 1, 2: 3 }],
    ['c4 02 01 02', Uint8Array.of(1, 2)], ['d6 ff 00 00 00 01', { extension: -1, data: Uint8Array.of(0, 0, 0, 1) }],
    ['81 a9 5f 5f 70 72 6f 74 6f 5f 5f 01', JSON.parse('{"__proto__": 1}')],
  ]) {
    assert.deepEqual(unpack(hex(packed)), value, packed);
  }
  for (const wrong of ['', 'c1', '01 01', '92 01', 'dd ff ff ff ff 00', 'a3 68 69', 'd9 ff', '91'.repeat(100) + '01', 'a1 ff']) {
    assert.throws(() => unpack(hex(wrong)), wrong);
  }
});

test('a histogram of latencies knows shares of all, to the width of a bin', async () => {
  const { Latencies } = await fromConsole('model/latencies.ts');
  const latencies = new Latencies();
  for (let i = 1; i <= 1000; i++) latencies.add(i / 10);
  assert.equal(latencies.count, 1000);
  for (const [share, ms] of [[0.5, 50], [0.9, 90], [0.99, 99]]) {
    const got = latencies.within(share);
    assert.ok(got >= ms && got <= ms * 1.2, `${share}: ${got}`);
  }
  assert.equal(latencies.within(1), 100);
  latencies.add(0);
  latencies.add(1e9);
  const [first, last] = latencies.range;
  assert.deepEqual([first, last], [0, 79]);
});

test('the time line puts together what comes together, and keeps so many events at most', async () => {
  const { Timeline, MOST_EVENTS } = await fromConsole('model/timeline.ts');
  const timeline = new Timeline();
  assert.equal(timeline.add('gap', 'SUB 1', 'missing', 5, 1000), true);
  assert.equal(timeline.add('gap', 'SUB 1', 'missing', 7, 1500), false);
  assert.equal(timeline.add('gap', 'SUB 2', 'missing', 1, 1500), true);
  assert.equal(timeline.add('gap', 'SUB 1', 'missing', 1, 2500), true);
  assert.deepEqual(timeline.events.map(({ missed }) => missed), [12, 1, 1]);
  for (let i = 0; i < MOST_EVENTS; i++) timeline.add('down', 'SUB 1', `event ${i}`, 0, i);
  assert.deepEqual([timeline.events.length, timeline.dropped], [MOST_EVENTS, 3]);
});

test('a link says what is open, and reads back the same; what is wrong in one is left out', async () => {
  const { toHash, fromHash } = await fromConsole('model/sharing.ts');
  const shared = {
    bridge: 'wss://bridge.example.org/data', view: 'topics', filter: 'a b&c', topic: 'x/y z',
    sockets: [
      { kind: 'SUB', address: 'tcp://127.0.0.1:1', bind: false, topics: ['', 'fx. ', 'ä&='] },
      { kind: 'PULL', address: 'jobs', bind: true, topics: [] },
    ],
  };
  assert.deepEqual(fromHash(`#${toHash(shared)}`), shared);
  assert.deepEqual(fromHash('').sockets, []);
  assert.deepEqual(fromHash('#open=NONE+x&open=SUB&open=SUB+x+%25E0&open=SUB+y').sockets.map(({ address }) => address), ['y']);
  const many = Array.from({ length: 50 }, () => shared.sockets[0]);
  assert.equal(fromHash(toHash({ sockets: many })).sockets.length, 20);
});

test('messages are exported as JSON lines and as a table that no spreadsheet takes for formulas', async () => {
  const { jsonLines, csv } = await fromConsole('model/records.ts');
  const { keep } = await fromConsole('model/part.ts');
  const record = (parts, direction = 'in') => ({ source: source(), direction, when: 0, parts: keep(parts), tone: '', more: 0 });
  const records = [record(['fx', 'say "hi", all']), record([Uint8Array.of(0, 255)], 'out'), record([], 'note'), record(['=1+1', '-5'])];
  assert.deepEqual(jsonLines(records).trim().split('\n').map((line) => JSON.parse(line).parts), [['fx', 'say "hi", all'], [{ base64: 'AP8=' }], ['=1+1', '-5']]);
  assert.deepEqual(csv(records).trim().split('\r\n'), [
    'time,socket,address,direction,part 1,part 2',
    '1970-01-01T00:00:00.000Z,SUB 1,tcp://127.0.0.1:1,in,fx,"say ""hi"", all"',
    '1970-01-01T00:00:00.000Z,SUB 1,tcp://127.0.0.1:1,out,AP8=',
    "1970-01-01T00:00:00.000Z,SUB 1,tcp://127.0.0.1:1,in,'=1+1,-5",
  ]);
});

test('a recording has every message until it is full, and says how many more there were', async () => {
  const { Recording, MOST_RECORDED } = await fromConsole('model/recording.ts');
  const recording = new Recording();
  recording.message(source(), 'in', ['t', Uint8Array.of(255)], recording.since + 5);
  const large = 'x'.repeat(MOST_RECORDED / 2);
  for (let i = 0; i < 3; i++) recording.message(source(), 'in', [large], recording.since);
  const [head, first] = recording.file.slice(0, 2).map((line) => JSON.parse(line));
  assert.deepEqual([head.recording, head.messages, head.missing], [1, 2, 2]);
  assert.deepEqual(first, { at: 5, socket: 'SUB 1', address: 'tcp://127.0.0.1:1', direction: 'in', parts: ['t', { base64: '/w==' }] });
});

test('a recording is played as it was, and so are exported messages', async () => {
  const { Recording } = await fromConsole('model/recording.ts');
  const { Observations } = await fromConsole('model/observations.ts');
  const { Replay } = await fromConsole('model/replay.ts');
  const recording = new Recording();
  recording.message(source(), 'in', ['fx.a', Uint8Array.of(255)], recording.since + 5);
  recording.message(source('REQ 2'), 'out', ['ask'], recording.since + 10);
  recording.message(source(), 'in', ['fx.b', '2'], recording.since + 1005);
  const observed = new Observations();
  const replay = new Replay(recording.file.join(''), observed);
  const seen = () => observed.log.records.map(({ source: { name }, parts, when }) => [name, when - recording.since, ...parts.map((it) => it.preview)]);
  replay.advance(0, 10);
  assert.deepEqual(seen(), [['SUB 1 (recorded)', 5, 'fx.a', 'ff']]);
  replay.advance(999, 10);
  assert.equal(seen().length, 2);
  assert.equal(observed.topics.topics, 1);
  replay.advance(1000, 10);
  assert.deepEqual([replay.done, seen().length, observed.topics.topics, observed.topics.roots.length], [1, 3, 2, 1]);
  replay.end();
  assert.deepEqual([observed.topics.topics, seen().length], [0, 3]);

  const { jsonLines } = await fromConsole('model/records.ts');
  const exported = new Replay(jsonLines([...observed.log.records].reverse()), observed);
  exported.advance(Infinity, 2);
  assert.deepEqual([exported.done, seen().at(-1)[0]], [2 / 3, 'REQ 2 (recorded) (recorded)']);
});

test('what is no recording is not played', async () => {
  const { Observations } = await fromConsole('model/observations.ts');
  const { Replay } = await fromConsole('model/replay.ts');
  const line = { at: 1, socket: 'SUB 1', address: 'a', direction: 'in', parts: ['x'] };
  const head = '{"recording":1,"since":"2026-01-01T00:00:00Z"}\n';
  assert.equal(new Replay(head + JSON.stringify(line), new Observations()).messages, 1);
  for (const [text, why] of [
    ['', /no message/],
    ['{"recording":1}', /no message/],
    ['hello', /line 1 /],
    [JSON.stringify({ ...line, at: undefined }), /line 1 /],
    [`${head}${JSON.stringify({ ...line, direction: 'note' })}`, /line 2 /],
    [`${head}\n${JSON.stringify({ ...line, parts: 'x' })}`, /line 3 /],
    ['null', /line 1 /],
  ]) {
    assert.throws(() => new Replay(text, new Observations()), why, text);
  }
});

test('templates are kept by kind and name, and what is no template is left alone', async () => {
  const { Templates, filled } = await fromConsole('model/templates.ts');
  const kept = new Map([['zwb.console.templates', '[{"name": 1}, null, {"name": "old", "kind": "REQ", "drafts": [{"text": "x", "hex": false}]}]']]);
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  const templates = new Templates(storage);
  assert.deepEqual(templates.of('REQ').map(({ name }) => name), ['old']);
  templates.add({ name: 'old', kind: 'REQ', drafts: [{ text: 'y', hex: false }] });
  templates.add({ name: 'new', kind: 'PUB', drafts: [] });
  assert.deepEqual(new Templates(storage).of('REQ').map(({ drafts }) => drafts[0].text), ['y']);
  const broken = new Templates({ getItem: () => '{', setItem: () => { throw new Error('full'); } });
  broken.add({ name: 'a', kind: 'REQ', drafts: [] });
  assert.equal(broken.of('REQ').length, 1);
  assert.equal(filled('{{n}} {{other}}', 3), '3 {{other}}');
  assert.match(filled('{{now}}-{{uuid}}', 1), /^\d+-[0-9a-f]{32}$/);
});

test('digits that a number would lose are kept', async () => {
  const { parseExact, Digits } = await fromConsole('model/json.ts');
  const { a, b } = parseExact('{"a": 12345678901234567890, "b": 1.5}');
  assert.equal(b, 1.5);
  if (JSON.rawJSON !== undefined) assert.ok(a instanceof Digits || a === 12345678901234567890);
});

test('images are told by how they begin', async () => {
  const { imageType } = await fromConsole('model/image.ts');
  for (const [begins, type] of [
    ['89 50 4e 47 0d 0a', 'image/png'], ['ff d8 ff e0', 'image/jpeg'], ['47 49 46 38 39', 'image/gif'],
    ['52 49 46 46 00 0a 00 00 57 45 42 50', 'image/webp'], ['00 00 00 1c 66 74 79 70 61 76 69 66', 'image/avif'], ['7b 22', undefined], ['', undefined],
  ]) {
    assert.equal(imageType(hex(begins)), type);
  }
});

test('what a server says of its functions is listed, with arguments to begin with', async () => {
  const { functionsOf } = await fromConsole('model/description.ts');
  const got = functionsOf({
    functions: [
      { name: 'add', doc: 'Adds.', signature: 'add(a: float, b: int = 1) -> float', params: [{ name: 'a', type: 'float' }, { name: 'b', type: 'int', optional: true }] },
      { name: 'tail', params: [{ type: 'string' }, {}], stream: true },
      { name: 7 }, null, 'none',
    ],
  });
  assert.deepEqual(got, [
    { name: 'add', doc: 'Adds.', signature: 'add(a: float, b: int = 1) -> float', stream: false, args: '[0]' },
    { name: 'tail', doc: '', signature: 'tail(arg1, arg2)', stream: true, args: '["",null]' },
  ]);
  for (const answer of [undefined, null, 1, {}, { functions: 'none' }]) assert.deepEqual(functionsOf(answer), []);
});
