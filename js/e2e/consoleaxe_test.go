//go:build long

package e2e

import (
	"os"
	"testing"
)

// TestConsoleIsAccessible: axe finds nothing, in any colours, with and without sockets, nor in what is only opened.
func TestConsoleIsAccessible(t *testing.T) {
	t.Parallel()
	checker, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal("npm ci in js gets it: ", err)
	}
	const check = `
		const ends = (a) => a.effect.getTiming().iterations !== Infinity; // the dot of the status breathes for ever
		await Promise.all(document.getAnimations().filter(ends).map((a) => a.finished));
		const found = (await axe.run(document, {resultTypes: ['violations'], ...only})).violations;
		return found.map((v) => v.id + ': ' + v.nodes.map((n) => n.html + ' ' + (n.any[0]?.message ?? n.failureSummary)).join(' | '));`
	scenes := []struct{ name, prepare string }{
		{"nothing open", ``},
		{"topics", `await click('tab-topics');`},
		{"events", `await click('tab-events');`},
		{"latency", `await click('tab-latency'); await click('tab-messages');`},
		{"who you are", `await click('login-open'); await until(() => !all('login')[0].hidden);`},
		{"parameters", `await click('login-open'); await click('params-toggle');`},
		{"a card of each kind", `await openAt('REQ', 0); await openAt('SUB', 1); await openAt('REP', 2); await openAt('RPC', 3);
			const c = await card('REQ'); await click('send', c); await get('reply', c); await until(() => all('log-row').length > 5);`},
		{"a message in full", `await click('pause'); all('log-row')[2].click();`},
		{"a topic in full", `await click('pause'); await click('tab-topics'); (await until(() => all('topic').find((e) => e.dataset.topic === 'fx.EURUSD'))).click();
			await get('json-tree'); await click('pause');`},
		{"its numbers", `await click('look-Plot'); await get('plots');`},
		{"how long answers took", `await click('pause'); await click('tab-latency'); await until(() => all('latency-answers')[0].textContent === '1');`},
		{"messages to send again", `const c = await card('REQ'); await click('template-keep', c); all('drafts', c)[0].open = true; await get('sent', c);`},
		{"a card of each other kind", `all('drafts', await card('REQ'))[0].open = false;
			for (const type of ['PUB', 'PUSH', 'PULL', 'DEALER', 'ROUTER', 'PAIR', 'XPUB', 'XSUB']) { await click('type-' + type); await fill('address', demo(0)); await click('open'); await card(type); }
			await click('tab-messages');`},
		{"what can be exported", `all('export')[0].open = true;`},
		{"keys", `all('export')[0].open = false; await click('help'); await until(() => all('keys')[0].open);`},
		{"a refusal", `await click('keys-close'); await click('type-REQ'); await fill('address', 'tcp://127.0.0.1:9'); await click('open');
			await until(() => all('error').find((e) => e.dataset.code === 'denied'));`},
		{"a fault in the form", `await fill('address', ''); await click('open'); await until(() => !all('open-error')[0].hidden);`},
		{"the code", `await click('socket-code', await card('SUB')); await until(() => all('code-dialog')[0].open);`},
		{"disconnected", `all('code-close')[0].click(); await click('bridge-connect'); await until(() => all('status')[0].dataset.state === 'closed');`},
	}
	// In dark colours only the colours are looked at anew: all else is the same.
	rules := map[string]string{"light": "{}", "dark": "{runOnly: ['color-contrast']}"}
	for _, colours := range []string{"light", "dark"} {
		t.Run(colours, func(t *testing.T) {
			p := openConsole(t)
			prefer(p, colours)
			eval[any](p, string(checker)+`; return null`)
			for _, scene := range scenes {
				if scene.prepare != "" {
					eval[any](p, inConsole+scene.prepare)
				}
				for _, violation := range eval[[]string](p, "const only = "+rules[colours]+";"+check) {
					t.Errorf("%s: %s", scene.name, violation)
				}
			}
		})
	}
}
