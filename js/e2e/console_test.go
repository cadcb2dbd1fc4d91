package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// inConsole is JavaScript for the tests of the console: functions that find an element by its test id, wait, click and fill.
const inConsole = `
	const all = (id, within = document) => [...within.querySelectorAll('[data-testid="' + id + '"]')];
	const until = async (f) => { for (;;) { const x = f(); if (x) return x; await new Promise((r) => setTimeout(r, 10)); } };
	const get = (id, within) => until(() => all(id, within)[0]);
	const click = async (id, within) => (await get(id, within)).click();
	const fill = async (id, text, within) => { const e = await get(id, within); e.value = text; e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); };
	const card = (type) => until(() => document.querySelector('[data-testid="card"][data-type="' + type + '"]'));
	const live = async (c) => { await until(() => all('socket-state', c)[0]?.dataset.state === 'live'); return c; };
	await until(() => all('status')[0]?.dataset.state === 'connected');
`

func openConsole(t *testing.T) *page {
	t.Helper()
	demo := freePorts(t, 4)
	b := startBridge(t, "--demo", "--demo-port", itoa(demo))
	p := openTab(t, b.url)
	eval[any](p, inConsole+`window.demo = (n) => 'tcp://127.0.0.1:' + (`+itoa(demo)+` + n);
		window.openAt = async (type, n) => { await click('type-' + type); await fill('address', demo(n)); await click('open'); return live(await card(type)); };
		await click('tab-messages');`)
	return p
}

func TestConsoleEcho(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`const c = await openAt('REQ', 0);
		await fill('part', 'hello console', c); await click('send', c);
		await until(() => all('reply', c)[0]?.textContent.includes('hello console'));
		return (await get('latency', c)).textContent;`)
	if !strings.Contains(got, "ms") {
		t.Errorf("the latency reads %q", got)
	}
	p.nothingThrown()
}

// TestConsolePresets: the services of the demo are where this bridge has them, which is not where the README has them.
func TestConsolePresets(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`
		for (const [id, type] of [['echo', 'REQ'], ['ticker', 'SUB'], ['rpc', 'RPC'], ['serve', 'REP']]) {
			await click('preset-' + id);
			await live(await card(type));
		}
		await click('type-SUB');
		return (await get('address')).placeholder === demo(1) ? '' : (await get('address')).placeholder;`)
	if got != "" {
		t.Errorf("the form offers %s", got)
	}
	p.nothingThrown()
}

func TestConsoleTicker(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	if got := eval[int](p, inConsole+`const c = await openAt('SUB', 1);
		await until(() => all('log-row').length > 3);
		await until(() => parseInt(all('sub-count', c)[0].textContent) > 3);
		return all('log-row').length;`); got < 4 {
		t.Errorf("%d rows", got)
	}
	p.nothingThrown()
}

func TestConsoleRPC(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	eval[any](p, inConsole+`const c = await openAt('RPC', 3);
		await fill('rpc-func', 'add', c); await fill('rpc-args', '[20, 22]', c); await click('send', c);
		await until(() => all('reply', c)[0]?.textContent.includes('42'));`)
	p.nothingThrown()
}

func TestConsoleServes(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	address := eval[string](p, inConsole+`const c = await openAt('REP', 2); await click('rep-echo', c); return demo(2)`)
	port := address[strings.LastIndex(address, ":")+1:]
	req := start(t, python, peers, "req", "--port", port)
	req.await("ready")
	req.tell([]string{"to the console"})
	if got := req.await(""); !strings.Contains(got, "to the console") {
		t.Errorf("the backend got %s", got)
	}
}

func TestConsoleSaysWhyAndWhatToDo(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`await click('type-REQ'); await fill('address', 'tcp://127.0.0.1:9'); await click('open');
		const c = await card('REQ'); return (await until(() => all('error', c).find((e) => e.dataset.code === 'denied'))).textContent`)
	if !strings.Contains(got, "--allow") {
		t.Errorf("it says %q", got)
	}
}

func TestConsoleAtPhoneWidth(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(360, 740)); err != nil {
		t.Fatal(err)
	}
	if wide := eval[int](p, inConsole+`await openAt('SUB', 1); await until(() => all('log-row').length > 0);
		return document.documentElement.scrollWidth`); wide > 360 {
		t.Errorf("the page is %d px wide on a phone of 360", wide)
	}
}
