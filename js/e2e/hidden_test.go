package e2e

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	windows "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// see minimizes the window of a tab, or brings it back.
func (p *page) see(visible bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	window, err := chromedp.Call(ctx, windows.GetWindowForTarget, windows.GetWindowForTargetParams{})
	if err != nil {
		p.t.Fatal(err)
	}
	state, want := windows.WindowStateNormal, "visible"
	if !visible {
		state, want = windows.WindowStateMinimized, "hidden"
	}
	if _, err := chromedp.Call(ctx, windows.SetWindowBounds, windows.SetWindowBoundsParams{WindowID: window.WindowID, Bounds: &windows.Bounds{WindowState: state}}); err != nil {
		p.t.Fatal(err)
	}
	eval[any](p, `while (document.visibilityState !== '`+want+`') await new Promise((r) => setTimeout(r, 10));`)
}

// gauge reads a number of the metrics of a bridge.
func gauge(t *testing.T, admin *url.URL, name string) float64 {
	t.Helper()
	r, err := http.Get("http://" + admin.Host + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (.*)$`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no metric %s", name)
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// waitFor waits until a number of the metrics is as it should be.
func waitFor(t *testing.T, admin *url.URL, name string, is func(float64) bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(gauge(t, admin, name)); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s is %v", name, gauge(t, admin, name))
		}
	}
}

// hideable opens a page with a SUB that says what it does while nobody sees it.
func hideable(t *testing.T, hidden, rule string) (pub *backend, admin *url.URL, p *page) {
	t.Helper()
	pub = startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address()+rule, "--admin", "127.0.0.1:0")
	admin, err := url.Parse(b.await("admin      "))
	if err != nil {
		t.Fatal(err)
	}
	p = openPage(t, b)
	eval[any](p, `
		window.got = [];
		window.sub = new zmq.Context(`+quoteJS(b.data)+`, { hidden: '`+hidden+`' }).Socket(zmq.SUB);
		for (const event of ['gap', 'recovered']) sub.on(event, ({ missed, messages, code }) => got.push([event, code ?? messages].join(' ')));
		sub.connect(`+quoteJS(pub.address())+`); sub.subscribe('t'); await sub.ready();
		(async () => { for await (const m of sub) got.push((m.recovered ? 'missed ' : '') + m[1]); })();
		window.until = async (last) => { while (got.at(-1) !== last) await new Promise((r) => setTimeout(r, 10)); return got };`)
	return pub, admin, p
}

// TestPausedWhileHidden: the bridge lets go of a SUB of a page that nobody sees, which gets what it missed when somebody does.
func TestPausedWhileHidden(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, rule string
		last       string
		want       []string
	}{
		{"where there is a history", " history=100", "missed 3", []string{"1", "recovered 2", "missed 2", "missed 3"}},
		{"where there is none", "", "4", []string{"1", "gap lost", "4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pub, admin, p := hideable(t, "pause", tt.rule)
			pub.tell([]string{"t", "1"})
			eval[any](p, `await until('1')`)
			p.see(false)
			waitFor(t, admin, "zwb_subscriptions", func(n float64) bool { return n == 0 })
			if tt.rule != "" {
				one := gauge(t, admin, "zwb_history_bytes")
				pub.tell([]string{"t", "2"})
				pub.tell([]string{"t", "3"})
				waitFor(t, admin, "zwb_history_bytes", func(n float64) bool { return n >= 3*one })
			}
			p.see(true)
			waitFor(t, admin, "zwb_subscriptions", func(n float64) bool { return n == 1 })
			if tt.rule == "" {
				eval[any](p, `while (!got.includes("gap lost")) await new Promise((r) => setTimeout(r, 10)); await sub.ready();`)
				pub.tell([]string{"t", "4"})
			}
			if got := eval[[]string](p, `return until('`+tt.last+`')`); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			p.nothingThrown()
		})
	}
}

// TestConflatedWhileHidden: a page that nobody sees gets a message a second, and the last one as soon as somebody does.
func TestConflatedWhileHidden(t *testing.T) {
	t.Parallel()
	pub, admin, p := hideable(t, "conflate", "")
	p.see(false)
	count := 0
	tell := func() { count++; pub.tell([]string{"t", strconv.Itoa(count)}) }
	for end := time.Now().Add(patience); gauge(t, admin, "zwb_conflated_messages_total") < 50; time.Sleep(10 * time.Millisecond) {
		tell()
		if time.Now().After(end) {
			t.Fatal("nothing is conflated")
		}
	}
	last := strconv.Itoa(count)
	p.see(true)
	got := eval[[]string](p, `return until('`+last+`')`)
	if len(got) > count-50 {
		t.Errorf("%d of %d messages came", len(got), count)
	}
	before := count
	for range 100 {
		tell()
	}
	if got := eval[[]string](p, `return until('`+strconv.Itoa(count)+`')`); len(got) < 100 || got[len(got)-100] != strconv.Itoa(before+1) {
		t.Errorf("of what came when the page was seen again some is missing: %q", got[max(0, len(got)-100):])
	}
	p.nothingThrown()
}
