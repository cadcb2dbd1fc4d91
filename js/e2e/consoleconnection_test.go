package e2e

import (
	"strings"
	"testing"
)

func TestConsoleDisconnectsAndConnects(t *testing.T) {
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
	port := itoa(freePort(t))
	echo := startPeer(t, "rep", 0)
	args := []string{"--listen", "127.0.0.1:" + port, "--allow", "REQ " + echo.address()}
	b := startBridge(t, args...)
	p := openTab(t, b.url)
	eval[any](p, inConsole+`await click('type-REQ'); await fill('address', '`+echo.address()+`'); await click('open'); await live(await card('REQ'));`)
	b.kill()
	const waiting = `const banner = await new Promise((done) => { const look = () => {
		const e = document.getElementById('banner'); if (e.hidden) setTimeout(look, 10); else done(e.textContent); }; look(); }); return banner;`
	if got := eval[string](p, waiting); !strings.Contains(got, "Is the bridge running?") {
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
	p := openTab(t, startBridge(t).url)
	got := eval[string](p, inConsole+`const said = [];
		for (const id of ['echo', 'ticker', 'rpc', 'serve']) {
			await click('preset-' + id);
			const c = all('card')[0];
			const error = await until(() => all('error', c)[0]);
			said.push(c.dataset.type, error.dataset.code, error.querySelector('code').textContent);
			await click('copy', error);
		}
		return said.join('|');`)
	const command = "|denied|zwb serve --demo"
	if want := "REQ" + command + "|SUB" + command + "|RPC" + command + "|REP" + command; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleChecksWhatIsOpened(t *testing.T) {
	p := openConsole(t)
	got := eval[string](p, inConsole+`await click('open');
		const said = [(await get('open-error')).textContent];
		await click('params-toggle'); await fill('params', '[]');
		said.push(all('open-error')[0].textContent);
		await fill('address', demo(0)); await click('open');
		said.push(all('card').length, document.activeElement.id);
		await fill('params', ''); await click('params-toggle');
		said.push(all('open-error')[0].hidden, all('params-toggle')[0].getAttribute('aria-expanded'));
		return said.join('|');`)
	want := "Which address? For example tcp://127.0.0.1:10001|Must be a JSON object, like {\"username\": \"hugo\"}.|0|params|true|false"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}
