package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inAdmin is how the tests see the page of the admin listener.
const inAdmin = `
	const $ = (id) => document.getElementById(id);
	const until = async (is) => { for (;;) { const got = is(); if (got) return got; await new Promise((r) => setTimeout(r, 20)); } };
	const rows = (id) => [...$(id).rows];
	const fill = (id, value) => { $(id).value = value; };
`

// adminPage opens the live page of a bridge with its printed link, and a console that has a socket with traffic.
func adminPage(t *testing.T) (admin, console *page) {
	t.Helper()
	echo := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+echo.address(), "--admin", "127.0.0.1:0")
	link := b.await("admin      ")
	console = openTab(t, b.url)
	eval[any](console, inConsole+`await click('type-REQ'); await fill('address', '`+echo.address()+`'); await click('open');
		const c = await live(await card('REQ')); await click('send', c); await get('reply', c);`)
	eval[any](console, inConsole+`await click('type-REQ'); await fill('address', 'tcp://127.0.0.1:9'); await click('open');
		await until(() => all('error').find((e) => e.dataset.code === 'denied'));`)
	admin = openTab(t, link)
	eval[any](admin, inAdmin+`await until(() => $('state').textContent === 'live' && rows('sessions').length === 1 && rows('endpoints').length > 0);`)
	return admin, console
}

// TestAdminPage: who is connected is shown, why something is refused is explained, and a session is ended for good.
func TestAdminPage(t *testing.T) {
	t.Parallel()
	admin, console := adminPage(t)
	if got := eval[string](admin, `return location.hash + document.cookie`); got != "" {
		t.Errorf("the token stays in the address bar, or became a cookie: %q", got)
	}
	if got := eval[string](admin, inAdmin+`return rows('endpoints')[0].dataset.endpoint + ' ' + rows('sessions')[0].cells[4].textContent.split(' ')[0]`); got != "(raw) REQ" {
		t.Errorf("it shows %q", got)
	}
	if got := eval[bool](admin, inAdmin+`$('refusals-box').open = true; return (await until(() => $('refusals').textContent)).includes('denied')`); !got {
		t.Error("it does not show the refusal")
	}
	explained := eval[string](admin, inAdmin+`fill('explain-type', 'REQ'); fill('explain-endpoint', 'tcp://127.0.0.1:9');
		$('explain').requestSubmit();
		return await until(() => $('explain-answer').textContent) + ' ' + $('explain-steps').textContent`)
	if want := "denied REQ tcp://127.0.0.1:9 no entry of addresses allows it"; explained != want {
		t.Errorf("explained: %q, not %q", explained, want)
	}
	if got := eval[string](admin, inAdmin+`document.querySelector('[data-show]').click(); await until(() => !$('details').hidden);
		return (await until(() => $('details-decisions').textContent)).includes('open REQ') + ' ' + rows('details-sockets').length`); got != "true 2" {
		t.Errorf("in detail: %q", got)
	}
	eval[any](admin, inAdmin+`window.confirm = () => true; document.querySelector('[data-end]').click(); await until(() => rows('sessions').length === 0);`)
	eval[any](console, `while (document.querySelector('[data-testid="status"]').dataset.state !== 'closed') await new Promise((r) => setTimeout(r, 20));`)
	admin.nothingThrown()
}

// TestAdminPageRevokes: a user is revoked from the details of a session, is told why, and gets in again when that is lifted.
func TestAdminPageRevokes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sum := sha256.Sum256([]byte("token-of-bob"))
	for name, text := range map[string]string{
		"tokens.yaml": hex.EncodeToString(sum[:]) + ": {user: bob}\n",
		"zwb.yaml":    "users:\n  - tokens: {file: tokens.yaml}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := startBridge(t, "--config", filepath.Join(dir, "zwb.yaml"), "--admin", "127.0.0.1:0")
	link := b.await("admin      ")
	bob := openTab(t, b.site+"/?bridge="+b.url)
	enter := `window.ctx = new zmq.Context(` + quoteJS(b.data) + `, { token: 'token-of-bob' });
		while (!['closed', 'connected'].includes(ctx.status().state)) await new Promise((r) => setTimeout(r, 20));
		return ctx.status().state + ' ' + (ctx.status().code ?? '') + ' ' + (ctx.status().reason ?? '');`
	if got := eval[string](bob, enter); !strings.HasPrefix(got, "connected") {
		t.Fatalf("bob is %s", got)
	}
	admin := openTab(t, link)
	filled := eval[string](admin, inAdmin+`await until(() => rows('sessions').length === 1); document.querySelector('[data-show]').click();
		await until(() => !$('details-revoke').hidden); $('details-revoke-user').click();
		return $('revoke-what').value + ' ' + $('revoke-name').value`)
	if filled != "user tokens bob" {
		t.Errorf("to be revoked: %q", filled)
	}
	said := eval[string](admin, inAdmin+`fill('revoke-reason', 'has left'); $('revoke').requestSubmit();
		await until(() => rows('sessions').length === 0 && $('revoked').textContent.includes('has left'));
		return await until(() => $('revoke-answer').textContent)`)
	if said != "user tokens bob is revoked; 1 sessions ended" {
		t.Errorf("it says %q", said)
	}
	checkAccessible(t, admin)
	told := eval[string](bob, `while (ctx.status().state !== 'closed') await new Promise((r) => setTimeout(r, 20));
		return ctx.status().code + ' ' + ctx.status().reason`)
	if !strings.HasPrefix(told, "unauthenticated ") || !strings.Contains(told, "has left") {
		t.Errorf("bob is told %q", told)
	}
	if got := eval[string](bob, enter); !strings.HasPrefix(got, "closed unauthenticated") {
		t.Errorf("bob, again, is %s", got)
	}
	eval[any](admin, inAdmin+`document.querySelector('[data-lift]').click(); await until(() => $('revoked').textContent === '');`)
	if got := eval[string](bob, enter); !strings.HasPrefix(got, "connected") {
		t.Errorf("bob, let in again, is %s", got)
	}
	admin.nothingThrown()
}

// TestAdminPageWithoutItsToken shows nothing but where to get it.
func TestAdminPageWithoutItsToken(t *testing.T) {
	t.Parallel()
	b := startBridge(t, "--admin", "127.0.0.1:0")
	link := b.await("admin      ")
	p := openTab(t, link[:len(link)-5]+"wrong")
	if got := eval[string](p, inAdmin+`await until(() => !$('login').hidden); return $('live').hidden + ' ' + $('state').textContent`); got != "true this token is not the right one" {
		t.Errorf("it shows %q", got)
	}
	p.nothingThrown()
}

func TestAdminPageIsAccessible(t *testing.T) {
	t.Parallel()
	admin, _ := adminPage(t)
	eval[any](admin, inAdmin+`document.querySelector('[data-show]').click(); await until(() => !$('details').hidden); $('refusals-box').open = true;`)
	checkAccessible(t, admin)
}

// checkAccessible has axe look at a page, in both schemes of colours.
func checkAccessible(t *testing.T, p *page) {
	t.Helper()
	checker, err := os.ReadFile(axe)
	if err != nil {
		t.Fatal("npm ci in js gets it: ", err)
	}
	eval[any](p, string(checker)+`; return null`)
	for _, colours := range []string{"light", "dark"} {
		prefer(p, colours)
		for _, violation := range eval[[]string](p, `const found = (await axe.run(document, {resultTypes: ['violations']})).violations;
			return found.map((v) => v.id + ': ' + v.nodes.map((n) => n.html + ' ' + (n.any[0]?.message ?? n.failureSummary)).join(' | '));`) {
			t.Errorf("%s: %s", colours, violation)
		}
	}
}
