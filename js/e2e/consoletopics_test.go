package e2e

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConsoleExploresTopics: the tree folds, filters and pins, by mouse and by keys; the inspector shows what came last.
func TestConsoleExploresTopics(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	p := openTab(t, startBridge(t, "--allow", "SUB "+pub.address()).url)
	eval[any](p, inConsole+`await click('type-SUB'); await fill('address', '`+pub.address()+`'); await click('open'); await live(await card('SUB'));`)
	for _, m := range [][]string{{"plant/hall 1/temperature", `{"c": 21.5, "exact": 12345678901234567890}`}, {"plant/hall 1/door", "open"},
		{"plant/hall 2/temperature", `{"c": 19}`}, {"plain text", "one"}, {"word and value"}} {
		pub.tell(m)
	}
	got := eval[[]string](p, inConsole+`const said = [];
		const rows = () => all('topic').filter((e) => !e.hidden).map((e) => e.querySelector('.label').textContent).join();
		const row = (name) => until(() => all('topic').find((e) => !e.hidden && e.dataset.topic === name));
		const key = (key) => all('topics')[0].dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
		await until(() => rows().includes('word'));
		said.push(rows());
		(await row('plant/hall 1/')).querySelector('.twist').click();
		said.push(rows());
		(await row('plant/hall 1/')).click();
		key('ArrowRight'); key('ArrowDown'); key('ArrowDown');
		said.push(all('inspector-topic')[0].textContent);
		await until(() => all('json-tree')[0]?.textContent.includes('12345678901234567890'));
		key('*');
		said.push(rows().split(',')[0]);
		(await row('plain text')).querySelector('.pin').click();
		(await row('plain text')).querySelector('.pin').click();
		said.push(all('inspector-topic')[0].textContent);
		await click('look-Plot');
		said.push((await get('plots')).querySelector('canvas').getAttribute('aria-label').split(':')[0]);
		await click('look-hex');
		said.push((await get('inspected')).textContent.slice(0, 18));
		await click('inspector-close');
		await fill('filter', 'DOOR');
		said.push(rows());
		await fill('filter', 'nowhere');
		said.push(await until(() => all('topics-bounds')[0].textContent));
		return said;`)
	want := []string{
		"SUB 1,plain text,plant/,hall 1/,door,temperature,hall 2/,temperature,word",
		"SUB 1,plain text,plant/,hall 1/,hall 2/,temperature,word",
		"plant/hall 1/temperature",
		"plant/hall 1/temperature",
		"plant/hall 1/temperature",
		"c",
		"000000  7b 22 63 2",
		"plant/hall 1/temperature,SUB 1,plant/,hall 1/,door",
		"No topic contains “nowhere”.",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	p.nothingThrown()
}

// TestConsoleSharesALink: the address of the page says what is open and looked at, and no parameters; who loads it sees that.
// What would take messages from others waits for a click.
func TestConsoleSharesALink(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	link := eval[string](p, inConsole+`await click('params-toggle'); await fill('params', '{"password": "secret"}');
		await fill('topics-wanted', 'time, fx.'); await openAt('SUB', 1); await openAt('REQ', 0); await openAt('REP', 2);
		await click('tab-topics'); await fill('filter', 'fx');
		(await until(() => all('topic').find((e) => e.dataset.topic === 'fx.EURUSD'))).click();
		await until(() => location.hash.includes('EURUSD') && location.hash.includes('REP'));
		return location.href;`)
	if strings.Contains(link, "secret") {
		t.Errorf("the link says a parameter: %s", link)
	}
	other := openTab(t, link)
	got := eval[string](other, inConsole+`const states = () => all('card').map((c) => c.dataset.type + ' ' + all('socket-state', c)[0].dataset.state).join();
		await until(() => states() === 'REP closed,REQ live,SUB live');
		await until(() => all('inspector-topic')[0].textContent === 'fx.EURUSD');
		const chips = all('chip').map((e) => e.firstChild.textContent).join();
		await click('socket-reopen', await card('REP'));
		await live(await card('REP'));
		return [chips, all('filter')[0].value].join('|');`)
	if want := "time,fx.|fx"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	other.nothingThrown()
}

// TestConsoleAsksWhoYouAre: where logins are configured it asks for a token, lists what the user may open, and opens it.
func TestConsoleAsksWhoYouAre(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pub := startPeer(t, "pub", 0)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tokens := write("tokens.yaml", fmt.Sprintf("%x: {user: bob}\n", sha256.Sum256([]byte("open-sesame-open-sesame-open-sesame"))))
	file := write("zwb.yaml", "users:\n  - tokens: {file: "+tokens+"}\nendpoints:\n"+
		"  prices: {type: SUB, address: '"+pub.address()+"', allow: \"user == 'bob'\"}\n"+
		"  secrets: {type: SUB, address: 'tcp://127.0.0.1:9', allow: \"user == 'eve'\"}\n")
	p := openTab(t, startBridge(t, "--config", file).url)
	eval[any](p, `const get = (id) => document.querySelector('[data-testid="' + id + '"]');
		while (get('login').hidden) await new Promise((r) => setTimeout(r, 10));
		get('login-secret').value = 'open-sesame-open-sesame-open-sesame'; get('login-send').click();`)
	got := eval[string](p, inConsole+`await until(() => !all('names')[0].hidden);
		const names = [...all('names')[0].querySelectorAll('li code')].map((e) => e.textContent).join();
		await click('open-prices-SUB');
		await live(await card('SUB'));
		return [names, all('login')[0].hidden, /sesame/.test(location.href + JSON.stringify(localStorage) + JSON.stringify(sessionStorage))].join('|');`)
	if want := "prices|true|false"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}
