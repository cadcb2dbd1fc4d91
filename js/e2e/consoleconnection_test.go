package e2e

import (
	"strings"
	"syscall"
	"testing"
)

// inBanner waits for the banner of the console, and returns what it says.
const inBanner = `
	const banner = document.getElementById('banner');
	while (banner.hidden) await new Promise((r) => setTimeout(r, 10));
	return banner.textContent;`

func TestConsoleDisconnectsAndConnects(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`const c = await openAt('REQ', 0);
		const dial = all('bridge-connect')[0], said = [dial.textContent];
		dial.click();
		await until(() => all('status')[0].dataset.state === 'closed');
		await until(() => all('socket-state', c)[0].dataset.state === 'closed');
		said.push(all('status')[0].textContent, dial.textContent);
		await click('socket-reopen', c);
		await live(c);
		const address = all('bridge-url')[0].value;
		await fill('bridge-url', 'ftp://nowhere');
		said.push(dial.textContent);
		dial.click();
		said.push((await until(() => all('banner').find((e) => !e.hidden && e.className === 'banner bad'))).textContent !== '');
		await fill('bridge-url', address);
		dial.click();
		await live(c);
		said.push(all('banner')[0].hidden, dial.textContent);
		return said.join('|');`)
	if want := "Disconnect|Disconnected|Connect|Connect|true|true|Disconnect"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleOutlivesItsBridge(t *testing.T) {
	t.Parallel()
	port := itoa(freePort(t))
	echo := startPeer(t, "rep", 0)
	args := []string{"--listen", "127.0.0.1:" + port, "--allow", "REQ " + echo.address()}
	b := startBridge(t, args...)
	p := openTab(t, b.url)
	eval[any](p, inConsole+`await click('type-REQ'); await fill('address', '`+echo.address()+`'); await click('open'); await live(await card('REQ'));`)
	b.kill()
	if got := eval[string](p, inBanner); !strings.Contains(got, "Is the bridge running?") {
		t.Errorf("the banner says %q", got)
	}
	startBridge(t, args...)
	if got := eval[string](p, inConsole+`const c = await live(await card('REQ'));
		await until(() => document.getElementById('log').textContent.includes('opened again'));
		await fill('part', 'still here', c); await click('send', c);
		return (await get('data', c)).textContent`); got != "still here" {
		t.Errorf("the service answered %q", got)
	}
	p.nothingThrown()
}

func TestConsoleWaitsForAService(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	address := "tcp://127.0.0.1:" + itoa(port)
	p := openTab(t, startBridge(t, "--allow", "REQ "+address).url)
	got := eval[string](p, inConsole+`await click('type-REQ'); await fill('address', '`+address+`'); await click('open');
		const error = await get('error', await card('REQ')); return error.dataset.code + ' ' + error.className`)
	if got != "unavailable trouble mild" {
		t.Errorf("got %q", got)
	}
	startPeer(t, "rep", port)
	eval[any](p, inConsole+`const c = await live(await card('REQ')); await until(() => all('error', c).every((e) => e.parentElement.hidden));`)
	p.nothingThrown()
}

func TestConsoleOffersTheDemoWhereThereIsNone(t *testing.T) {
	t.Parallel()
	p := openTab(t, startBridge(t).url)
	got := eval[string](p, inConsole+`const said = [];
		for (const id of ['echo', 'ticker', 'rpc', 'serve']) {
			await click('preset-' + id);
			const c = all('card')[0];
			const error = await until(() => all('error', c)[0]);
			said.push(c.dataset.type, error.dataset.code, error.querySelector('code').textContent);
			await click('copy', error);
		}
		const rpc = await card('RPC');
		all('rpc-sample', rpc)[2].click();
		said.push(all('rpc-func', rpc)[0].value, (await get('error', await get('reply', rpc))).dataset.code);
		return said.join('|');`)
	const command = "|denied|zwb serve --demo"
	if want := "REQ" + command + "|SUB" + command + "|RPC" + command + "|REP" + command + "|add_user|denied"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleChecksWhatIsOpened(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`await click('open');
		const said = [(await get('open-error')).textContent.replace(demo(1), 'the demo')];
		await click('params-toggle'); await fill('params', '[]');
		said.push(all('open-error')[0].textContent);
		await fill('address', demo(0)); await click('open');
		said.push(all('card').length, document.activeElement.id);
		await fill('params', ''); await click('params-toggle');
		said.push(all('open-error')[0].hidden, all('params-toggle')[0].getAttribute('aria-expanded'));
		return said.join('|');`)
	want := "Which address? For example the demo|Must be a JSON object, like {\"username\": \"hugo\"}.|0|params|true|false"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleGoesOnAfterACut(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	w := newWire(t, startBridge(t, "--allow", "SUB "+pub.address()).address())
	p := openTab(t, "http://"+w.listener.Addr().String())
	eval[any](p, inConsole+`await click('type-SUB'); await fill('address', '`+pub.address()+`'); await click('open'); await live(await card('SUB')); await click('tab-messages');`)
	w.cut()
	eval[any](p, `while (document.getElementById('status').textContent !== 'Connected, resumed') await new Promise((r) => setTimeout(r, 10));`)
	pub.tell([]string{"topic", "after the cut"})
	eval[any](p, inConsole+`await until(() => all('log')[0].textContent.includes('after the cut'));`)
	p.nothingThrown()
}

func TestConsoleSaysThatTheBridgeIsLeaving(t *testing.T) {
	t.Parallel()
	silent := startPeer(t, "held", 0)
	b := startBridge(t, "--allow", "REQ "+silent.address(), "--drain", "15s")
	p := openTab(t, b.url)
	eval[any](p, inConsole+`await click('type-REQ'); await fill('address', '`+silent.address()+`'); await click('open');
		await click('send', await live(await card('REQ')));`)
	silent.await(`[""]`)
	b.cmd.Process.Signal(syscall.SIGTERM)
	if got := eval[string](p, inBanner); !strings.HasPrefix(got, "The bridge is leaving (") {
		t.Errorf("the banner says %q", got)
	}
	p.nothingThrown()
}

func TestConsoleTellsOfGaps(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	p := openTab(t, startBridge(t, "--allow", "SUB "+pub.address()).url)
	eval[any](p, inConsole+`await click('type-SUB'); await fill('address', '`+pub.address()+`'); await click('open'); await live(await card('SUB')); await click('tab-messages');`)
	pub.kill()
	eval[any](p, inConsole+`const c = await card('SUB'); await until(() => all('socket-state', c)[0].dataset.state === 'down');`)
	pub = startPeer(t, "pub", pub.port)
	eval[any](p, inConsole+`await live(await card('SUB'));`)
	pub.tell([]string{"topic", "after it"})
	got := eval[string](p, inConsole+`const c = await card('SUB');
		const missed = await get('sub-missed', c);
		await until(() => all('log')[0].textContent.includes('messages are missing here, nobody knows how many'));
		return missed.parentElement.textContent`)
	if want := "some missed in 1 gap"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}
