package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestConsoleSpeaksEveryType: two sockets of the console meet at the bridge, one of which has it listen, and what the one sends the
// other shows.
func TestConsoleSpeaksEveryType(t *testing.T) {
	t.Parallel()
	p := openTab(t, startBridge(t, "--allow", "* tcp://127.0.0.1:*", "--allow", "bind * tcp://127.0.0.1:*").url)
	for _, pair := range [][2]string{{"PULL", "PUSH"}, {"SUB", "PUB"}, {"XSUB", "XPUB"}, {"ROUTER", "DEALER"}, {"PAIR", "PAIR"}} {
		listens, sends := pair[0], pair[1]
		t.Log(listens, "and", sends)
		address := "tcp://127.0.0.1:" + itoa(freePort(t))
		got := eval[string](p, inConsole+`
			const place = async (type, bind) => {
				await click('type-' + type); await fill('address', '`+address+`');
				all('bind')[0].checked = bind;
				await click('open');
				return live(all('card')[0]);
			};
			const one = await place('`+listens+`', true), other = await place('`+sends+`', false);
			await click('tab-messages');
			await click('add-part', other);
			const [first, second] = all('part', other);
			first.value = 'topic {{n}}'; second.value = 'hello {{n}}';
			all('pace', other)[0].value = 'every 100 ms';
			await click('send', other);
			const name = one.querySelector('.name').textContent;
			const row = await until(() => all('log-row').find((e) => e.dataset.dir === 'in' && e.textContent.includes(name) && /hello \d+/.test(e.textContent)));
			const label = all('send', other)[0].textContent;
			await click('send', other);
			if ('`+listens+`' === 'ROUTER') {
				await click('answer-it', one);
				const fields = all('part', one);
				fields[1].value = 'to whom it may concern';
				await click('send', one);
				await until(() => all('received', other)[0].textContent.includes('to whom it may concern'));
			}
			for (const c of [one, other]) all('socket-close', c)[0].click();
			return label;`)
		if got != "Stop" {
			t.Errorf("while %s sends, the button says %q", sends, got)
		}
	}
	p.nothingThrown()
}

// TestConsoleListsFunctions: a server that describes itself is called with two clicks, and how long that took is in the histogram.
func TestConsoleListsFunctions(t *testing.T) {
	t.Parallel()
	address := serveCalls(t, func(name string) string {
		if name == "rpc.describe" {
			return `{"returnval":{"functions":[{"name":"add","doc":"Adds two numbers.","signature":"add(a: float, b: float)","params":[{"name":"a","type":"float"},{"name":"b","type":"float"}]}]}}`
		}
		return `{"returnval":"` + name + ` was called"}`
	})
	p := openTab(t, startBridge(t, "--allow", "REQ "+address).url)
	got := eval[string](p, inConsole+`await click('type-RPC'); await fill('address', '`+address+`'); await click('open');
		const c = await live(await card('RPC'));
		await click('describe', c);
		const entry = await get('function', c);
		entry.click();
		const args = all('rpc-args', c)[0].value;
		await click('send', c);
		await until(() => all('reply', c)[0].textContent.includes('add was called'));
		await click('tab-latency');
		return [entry.textContent, args, await until(() => all('latency-answers')[0].textContent)].join('|');`)
	if want := "add(a: float, b: float)Adds two numbers.|[0,0]|1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

// serveCalls answers remote calls with what answer makes of the name of the function, and returns where.
func serveCalls(t *testing.T, answer func(name string) string) (address string) {
	t.Helper()
	address = "tcp://127.0.0.1:" + itoa(freePort(t))
	ep, err := core.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	factory := gateway.NewFactory(gateway.Config{})
	t.Cleanup(factory.Close)
	rep, err := factory.Rep(ep)
	if err != nil {
		t.Fatal(err)
	}
	_, err = rep.Serve("calls", func(in *gateway.Incoming) {
		var call struct{ Funcname string }
		json.Unmarshal(in.Message[len(in.Message)-1], &call)
		in.Reply(core.Message{[]byte(answer(call.Funcname))})
	})
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// TestConsoleWritesFiles: what is listed is exported, and what comes is recorded.
func TestConsoleWritesFiles(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	dir := t.TempDir()
	p.downloadTo(dir)
	eval[any](p, inConsole+`const c = await openAt('REQ', 0);
		await click('record');
		await fill('part', 'for the record', c); await click('send', c); await get('data', c);
		await until(() => all('log-row').filter((e) => e.textContent.includes('for the record')).length === 2);
		await until(() => all('record')[0].textContent === 'Stop and save 2');
		await click('record');
		await fill('filter', 'for the record');
		await click('export-jsonl'); await click('export-csv');`)
	for pattern, lines := range map[string]int{"recording-*.jsonl": 3, "messages-*.jsonl": 2, "messages-*.csv": 3} {
		text := awaitFile(t, filepath.Join(dir, pattern))
		if got := strings.Count(text, "\n"); got != lines || strings.Count(text, "for the record") != 2 {
			t.Errorf("%s has %d lines:\n%s", pattern, got, text)
		}
	}
	p.nothingThrown()
}

// TestConsolePlaysARecording: what was recorded is seen again, where there is no connection, too.
func TestConsolePlaysARecording(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`
		const play = async (text) => {
			const files = new DataTransfer();
			files.items.add(new File([text], 'it.jsonl'));
			const input = await get('play-file');
			input.files = files.files;
			input.dispatchEvent(new Event('change', {bubbles: true}));
		};
		const record = (at, parts) => JSON.stringify({at, socket: 'SUB 1', address: 'tcp://gone:1', direction: 'in', parts}) + '\n';
		const head = JSON.stringify({recording: 1, since: new Date(0).toISOString()}) + '\n';
		await play('hello');
		await until(() => all('log-row').find((e) => e.textContent.includes('line 1 is no message')));
		await play(head + record(0, ['fx.EURUSD', '1.07']) + record(60000, ['fx.USDJPY', '151']));
		await click('tab-topics');
		await until(() => all('topic').find((e) => e.textContent.includes('EURUSD')) && all('stop-playing')[0].textContent === 'Stop playing: 50 %');
		await fill('speed', '100');
		await until(() => all('topic').find((e) => e.textContent.includes('USDJPY')) && all('stop-playing')[0].textContent === 'Close the recording');
		await click('stop-playing');
		await until(() => all('topics')[0].hidden);
		await click('tab-messages');
		return all('log-row').filter((e) => e.textContent.includes('fx.')).length + ' ' + all('stop-playing')[0].hidden;`)
	if got != "2 true" {
		t.Errorf("got %s", got)
	}
	p.nothingThrown()
}

// downloadTo has the browser put what a page downloads into a folder.
func (p *page) downloadTo(dir string) {
	p.t.Helper()
	allow := cdpbrowser.SetDownloadBehaviorParams{Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cdpbrowser.SetDownloadBehavior, allow)
		return err
	}))
	if err != nil {
		p.t.Fatal(err)
	}
}

// awaitFile waits until there is a file of this pattern, whole, and returns what is in it.
func awaitFile(t *testing.T, pattern string) string {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		found, _ := filepath.Glob(pattern)
		if len(found) == 1 {
			if text, err := os.ReadFile(found[0]); err == nil && len(text) > 0 {
				return string(text)
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("there is no %s", pattern)
		}
	}
}

// TestConsoleIsWorkedByKeys: keys do what the dialog lists, but not where something is typed, nor once they are turned off.
func TestConsoleIsWorkedByKeys(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`await openAt('SUB', 1);
		document.activeElement.blur();
		const key = (key, at = document.body) => at.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
		const said = [];
		key('1'); said.push(document.getElementById('main').dataset.view);
		key('p'); said.push(all('pause')[0].textContent); key('p');
		key('t'); said.push(document.documentElement.dataset.theme);
		key('t'); key('t');
		key('/'); said.push(document.activeElement.dataset.testid);
		key('2', document.activeElement); said.push(document.getElementById('main').dataset.view);
		document.activeElement.blur();
		key('n'); said.push(document.activeElement.dataset.testid);
		document.activeElement.blur();
		key('?'); said.push(all('keys')[0].open, all('keys')[0].querySelectorAll('kbd').length > 8);
		key('2'); said.push(document.getElementById('main').dataset.view);
		await click('keys-on'); await click('keys-close');
		key('2'); said.push(document.getElementById('main').dataset.view);
		await click('help'); await click('keys-on'); await click('keys-close');
		key('2'); said.push(document.getElementById('main').dataset.view);
		key('x'); said.push(all('log-row').length);
		return said.join('|');`)
	if want := "topics|Resume|light|filter|topics|address|true|true|topics|topics|messages|0"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	p.nothingThrown()
}

// TestConsoleMarksWhatInterrupts: a cut and a service that goes away are events, with their time, on the chart and in the list.
func TestConsoleMarksWhatInterrupts(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	w := newWire(t, startBridge(t, "--allow", "SUB "+pub.address()).address())
	p := openTab(t, "http://"+w.listener.Addr().String())
	eval[any](p, inConsole+`await click('type-SUB'); await fill('address', '`+pub.address()+`'); await click('open'); await live(await card('SUB'));
		await click('tab-events');`)
	w.cut()
	eval[any](p, `while (!document.querySelector('[data-what=back]')) await new Promise((r) => setTimeout(r, 10));`)
	pub.kill()
	got := eval[string](p, inConsole+`await until(() => document.querySelector('[data-what=down]'));
		const rows = [...all('events')[0].querySelectorAll('[data-what]')].map((e) => e.dataset.what);
		const label = await until(() => /[1-9]\d* interruptions/.test(all('chart')[0].getAttribute('aria-label')));
		return rows.join();`)
	if want := "down,back,cut"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}
