package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	pages "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestLeftPageSendsWhatItHas checks that what a page has sent just before the user leaves it still comes to the backend.
func TestLeftPageSendsWhatItHas(t *testing.T) {
	t.Parallel()
	const count = 200
	send := `for (let i = 0; i < ` + itoa(count) + `; i++) push.send(String(i));`
	for _, tt := range []struct{ name, leave string }{
		{"it goes elsewhere", send + `location.href = 'about:blank';`},
		{"it is loaded again", send + `location.reload();`},
		{"it says a last word", `window.lastWord = () => {` + send + `}; location.href = 'about:blank';`},
		{"the tab is closed", send},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pull := startPeer(t, "peer", 0, "--type", "PULL")
			b := startBridge(t, "--allow", "PUSH "+pull.address())
			p := openPage(t, b)
			eval[any](p, `
				addEventListener('pagehide', () => window.lastWord?.()); // before there is a Context, which closes on the same event
				window.push = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.PUSH);
				await push.connect(`+quoteJS(pull.address())+`); await push.ready(); await push.send('first');`)
			pull.await(`["first"]`)
			ctx, cancel := context.WithTimeout(p.ctx, patience)
			defer cancel()
			run := `(() => {` + tt.leave + `})(); 0`
			if _, err := chromedp.Run(ctx, chromedp.Evaluate[int](run)); err != nil {
				t.Fatal(err)
			}
			if tt.name == "the tab is closed" {
				if _, err := chromedp.Call(ctx, pages.Close, cdp.Empty{}); err != nil {
					t.Fatal(err)
				}
			}
			for i := range count {
				pull.await(`["` + itoa(i) + `"]`)
			}
		})
	}
}
