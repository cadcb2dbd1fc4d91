package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// hostile is what a page of another site tries at the admin listener, in the browser of whoever runs the bridge. Each returns what it has
// learnt, or done; "" is nothing.
var hostile = map[string]string{
	"reads": `for (const path of ['/api/sessions', '/api/stats', '/api/decisions', '/metrics', '/readyz', '/', '/debug/pprof/cmdline'])
		try { return path + await (await fetch(admin + path, {credentials: 'include'})).text(); } catch {}`,
	"reads what is opaque": `for (const path of ['/metrics', '/readyz', '/api/sessions'])
		try { const got = await fetch(admin + path, {mode: 'no-cors', credentials: 'include'}); if (got.type !== 'opaque' || await got.text()) return path + got.type; } catch {}`,
	"asks with a header": `for (const header of ['X-Zwb-Token', 'Authorization'])
		try { return String((await fetch(admin + '/api/sessions', {headers: {[header]: 'Bearer guess'}})).status); } catch {}`,
	"loads as a script": `for (const path of ['/metrics', '/api/sessions', '/admin.js'])
		if (await new Promise((done) => { const s = document.createElement('script'); s.src = admin + path; s.onload = () => done(true); s.onerror = () => done(false); document.head.append(s); })) return path;`,
	"imports":           `try { return Object.keys(await import(admin + '/admin.js')).join() || 'it is there'; } catch {}`,
	"loads as a style":  `if (await new Promise((done) => { const s = document.createElement('link'); s.rel = 'stylesheet'; s.href = admin + '/admin.css'; s.onload = () => done(true); s.onerror = () => done(false); document.head.append(s); })) return 'loaded';`,
	"opens a WebSocket": `return await new Promise((done) => { const w = new WebSocket(admin.replace('http', 'ws') + '/api/sessions'); w.onopen = () => done('open'); w.onerror = () => done(''); });`,
	"posts":             `for (const path of posts) try { await fetch(admin + path, {method: 'POST', mode: 'no-cors', credentials: 'include', body: '{"reason":"hostile"}'}); } catch {}`,
	"posts a form": `for (const path of posts) await new Promise((done) => {
		const frame = document.createElement('iframe'); frame.name = 'target' + path; document.body.append(frame);
		const form = document.createElement('form'); form.method = 'post'; form.action = admin + path; form.target = frame.name; form.enctype = 'text/plain';
		const field = document.createElement('input'); field.name = '{"reason":"hostile","x":"'; field.value = '"}'; form.append(field); document.body.append(form);
		frame.onload = () => done(); form.submit(); });`,
	"sends a beacon": `for (const path of posts) navigator.sendBeacon(admin + path, '{"reason":"hostile"}');`,
}

// TestHostilePageAndTheAdminListener: what a page of another site can do on the machine of whoever runs the bridge, in a real browser: it
// learns nothing, ends nobody's session, and shows the admin page in no frame.
func TestHostilePageAndTheAdminListener(t *testing.T) {
	t.Parallel()
	b := startBridge(t, "--allow", "* tcp://127.0.0.1:*", "--admin", "127.0.0.1:0")
	link := b.await("admin      ")
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	admin := "http://" + at.Host
	console := openTab(t, b.url)
	overseer := openTab(t, link) // its page is open, and has the token
	id := eval[string](overseer, inAdmin+`return (await until(() => document.querySelector('[data-end]'))).dataset.end`)
	for _, from := range []string{site(t), strings.Replace(site(t), "127.0.0.1", "localhost", 1)} {
		p := openTab(t, from+"/?bridge="+b.url)
		with := `const admin = ` + quoteJS(admin) + `; const posts = ['/api/sessions/` + id + `/disconnect', '/api/reload', '/api/revocations', '/api/explain'];`
		for name, attempt := range hostile {
			if got := eval[string](p, with+`return (await (async () => {`+attempt+`})()) ?? '';`); got != "" {
				t.Errorf("from %s, a page %s: %.200s", from, name, got)
			}
		}
		framed := make(chan struct{}, 100)
		if err := chromedp.Listen(p.ctx, func(event any) {
			if e, ok := event.(*log.EventEntryAdded); ok && strings.Contains(e.Entry.Text, "frame-ancestors") {
				framed <- struct{}{}
			}
		}); err != nil {
			t.Fatal(err)
		}
		eval[any](p, `const f = document.createElement('iframe'); f.src = `+quoteJS(link)+`; // even with the token
			await new Promise((done) => { f.onload = done; document.body.append(f); });`)
		select {
		case <-framed:
		case <-time.After(patience):
			t.Errorf("from %s, the admin page is shown in a frame", from)
		}
	}
	if got := eval[string](console, `return document.querySelector('[data-testid="status"]').dataset.state`); got != "connected" {
		t.Errorf("the session of the console is %s", got)
	}
	if got := eval[string](overseer, inAdmin+`return await until(() => $('state').textContent) + ' ' + rows('sessions').length`); got != "live 1" {
		t.Errorf("the admin page is %s", got)
	}
}

// TestReboundNameAndTheAdminListener: somebody has pointed a name of theirs at the machine, and their page has been loaded by it. To the browser
// it is of the same origin as the admin listener, which answers nothing under that name.
func TestReboundNameAndTheAdminListener(t *testing.T) {
	t.Parallel()
	b := startBridge(t, "--admin", "127.0.0.1:0")
	link := b.await("admin      ")
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	p := openTab(t, "http://"+rebound+":"+at.Port()+"/")
	for _, path := range []string{"/", "/admin.js", "/metrics", "/readyz", "/livez", "/api/sessions"} {
		got := eval[float64](p, `return (await fetch(`+quoteJS(path)+`, {headers: {'X-Zwb-Token': `+quoteJS(strings.TrimPrefix(at.Fragment, "token="))+`}})).status`)
		if got != http.StatusMisdirectedRequest {
			t.Errorf("%s is answered with %v under a name that is not the listener's", path, got)
		}
	}
	if got := eval[string](p, `return location.host`); got != rebound+":"+at.Port() {
		t.Errorf("the page is one of %s", got)
	}
}
