package e2e

import (
	"strings"
	"testing"
)

func TestConsoleSendsPartsOfTextAndHex(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`const c = await openAt('REQ', 0);
		await fill('part', 'first', c); await click('add-part', c); await click('add-part', c);
		const [, second, third] = all('part', c);
		all('part-mode', c)[1].value = 'hex';
		second.value = 'de ad, 0xBE:e'; third.value = 'too much';
		all('part-remove', c)[2].click();
		await click('send', c);
		const fault = await until(() => [...c.querySelectorAll('.fault')].find((e) => !e.hidden));
		const said = fault.textContent + '|' + second.getAttribute('aria-invalid');
		second.value = 'de ad, 0xBE:ef';
		second.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
		await until(() => all('data', c).length === 2);
		return [said, fault.hidden, all('part', c).length, ...all('data', c).map((e) => e.textContent.trim())].join('|');`)
	const want = "Hex is pairs of digits, like de ad be ef.|true|true|2|first|000000  de ad be ef"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleShowsJSONAndGivesUpWhenTold(t *testing.T) {
	t.Parallel()
	silent := startPeer(t, "held", 0)
	b := startBridge(t, "--allow", "REQ "+silent.address())
	p := openTab(t, b.url)
	got := eval[string](p, inConsole+`await click('type-REQ'); await fill('address', '`+silent.address()+`'); await click('open');
		const c = await live(await card('REQ'));
		await fill('part', '{"exact": 12345678901234567890}', c); await click('send', c);
		const cancel = await until(() => all('cancel', c).find((e) => !e.hidden));
		const waiting = all('send', c)[0].disabled;
		cancel.click();
		const canceled = (await until(() => all('error', c)[0])).dataset.code;
		await fill('timeout', '150', c); await click('send', c);
		await until(() => all('error', c)[0]?.dataset.code === 'timeout');
		const sent = await until(() => all('log-row').find((e) => e.dataset.dir === 'out'));
		sent.open = true;
		const json = (await get('data', sent)).textContent;
		return [waiting, canceled, all('send', c)[0].disabled, json.replace(/\s+/g, ' ')].join('|');`)
	if want := `true|canceled|false|{ "exact": 12345678901234567890 }`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleSaysWhatIsWrongWithACall(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[[]string](p, inConsole+`const c = await openAt('RPC', 3);
		const faults = () => [...c.querySelectorAll('.fault')].filter((e) => !e.hidden).map((e) => e.textContent);
		await click('send', c);
		const said = faults();
		await fill('rpc-func', 'add', c); await fill('rpc-args', '{}', c); await fill('rpc-kwargs', '[]', c); await click('send', c);
		said.push(...faults());
		await fill('rpc-args', '[1', c); await fill('rpc-kwargs', '', c); await click('send', c);
		said.push(...faults());
		await fill('rpc-args', '["hugo", ""]', c); await fill('rpc-func', 'add_user', c); await click('send', c);
		said.push((await get('error', c)).dataset.code);
		return said;`)
	want := []string{"Which function?", "Must be a JSON array, like [1, 2].", "Must be a JSON object, like {\"username\": \"hugo\"}.", "Not valid JSON: ", "failed"}
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i, text := range want {
		if !strings.HasPrefix(got[i], text) {
			t.Errorf("got %q, want %q", got[i], text)
		}
	}
	p.nothingThrown()
}

func TestConsoleAnswersByHand(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	address := eval[string](p, inConsole+`const c = await openAt('REP', 2); await click('rep-manual', c); return demo(2)`)
	req := start(t, python, peers, "req", "--port", address[strings.LastIndex(address, ":")+1:])
	req.await("ready")
	req.tell([]string{"who is there?"})
	asked := eval[string](p, inConsole+`const c = await card('REP');
		const data = (await get('data', await get('rep-asked', c))).textContent;
		await fill('part', 'the console', c); await click('rep-answer', c);
		await until(() => all('rep-asked', c)[0].childElementCount === 0);
		return data;`)
	if got := req.await(""); asked != "who is there?" || !strings.Contains(got, "the console") {
		t.Errorf("the page was asked %q, the backend got %s", asked, got)
	}
	p.nothingThrown()
}

func TestConsoleSubscribesAndUnsubscribes(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`await fill('topics-wanted', 'time, nothing');
		const c = await openAt('SUB', 1);
		await click('tab-topics');
		const chips = () => all('chip', c).map((e) => e.firstChild.textContent).join();
		const topics = () => all('topic').filter((e) => !e.hidden).map((e) => e.dataset.topic).join();
		const said = [chips()];
		await until(() => topics() === ',time');
		all('unsubscribe', c)[1].click();
		await fill('prefix', 'fx.', c); await click('subscribe', c);
		await until(() => topics() === ',fx.,fx.EURUSD,fx.GBPUSD,time');
		said.push(chips());
		all('unsubscribe', c)[0].click(); all('unsubscribe', c)[0].click();
		await fill('prefix', '', c); await click('subscribe', c);
		said.push(chips());
		return said.join('|');`)
	if want := "time,nothing|time,fx.|everything"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleGivesTheCodeForAPage(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[[]string](p, inConsole+`const said = [];
		await click('params-toggle'); await fill('params', '{"who": "</script>"}');
		for (const [type, n] of [['REQ', 0], ['SUB', 1], ['REP', 2], ['RPC', 3]]) {
			const c = await openAt(type, n);
			await click('socket-code', c);
			const dialog = await until(() => all('code-dialog').find((e) => e.open));
			said.push(all('code')[0].textContent);
			await click('code-copy', dialog);
			await until(() => /Cop/.test(all('code-copy')[0].textContent));
			if (type === 'REP') dialog.click(); else await click('code-close');
			await until(() => !dialog.open);
		}
		return said;`)
	for i, text := range []string{"req.request(\"\"", "sub.subscribe('')", "rep.onmessage", "rpc.call(\"add\",[1,2],{}"} {
		code := strings.ReplaceAll(got[i], ", [1,2], {}", ",[1,2],{}")
		if !strings.Contains(code, text) || !strings.Contains(code, "/zmq.js\"></script>") || strings.Count(code, "</script>") != 2 {
			t.Errorf("the code with %s:\n%s", text, code)
		}
	}
	p.nothingThrown()
}

// TestConsoleSendsWhatWasKept: a message is kept by a name, and is there again with one click. The parts of its answer are shown as what
// they are.
func TestConsoleSendsWhatWasKept(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`const c = await openAt('REQ', 0);
		await click('add-part', c); await click('add-part', c);
		const hex = ['89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', '81a16315'];
		all('part', c)[0].value = '{"n": [1]}';
		for (const i of [1, 2]) { all('part-mode', c)[i].value = 'hex'; all('part', c)[i].value = hex[i - 1]; }
		await fill('template-name', 'a picture', c); await click('template-keep', c);
		for (const e of all('part-remove', c).slice(1)) e.click();
		await fill('part', 'something else', c);
		all('drafts', c)[0].open = true;
		const kept = await get('template', c), name = kept.textContent;
		kept.click();
		await click('send', c);
		const image = await get('image', c);
		const shown = all('data', c).map((e) => e.textContent.replace(/\s+/g, ' ').trim());
		return [name, ...shown, image.src.startsWith('blob:')].join('|');`)
	if want := `a picture|{ "n": [ 1 ] }|{ "c": 21 }|true`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}
