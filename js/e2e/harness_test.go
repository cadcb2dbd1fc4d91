package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const patience = 20 * time.Second // how long a step may take before its test fails

// rebound is a name of somebody else that has been pointed at this machine.
const rebound = "rebound.example"

// browser is the only Chromium of the run. Every page is a tab of its own.
var browser context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		fmt.Fprintln(os.Stderr, "the end-to-end tests need Debian's chromium: apt-get install chromium")
		return 1
	}
	if _, err := os.Stat(zwb); err != nil {
		fmt.Fprintln(os.Stderr, "the end-to-end tests need the binary: make build")
		return 1
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("ignore-certificate-errors", true), chromedp.Flag("host-resolver-rules", "MAP "+rebound+" 127.0.0.1"),
		chromedp.WindowSize(1280, 900))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	ctx, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "chromium does not start:", err)
		return 1
	}
	browser = ctx
	return m.Run()
}

// page is a tab, and what it has logged and thrown.
type page struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	logs   []string // what console.log and similar calls have written
	thrown []string // exceptions that nobody has caught
}

// openTab opens a URL in a new tab.
func openTab(t *testing.T, url string) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	step, cancelStep := context.WithTimeout(ctx, patience)
	defer cancelStep()
	if err := chromedp.Do(step, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		line := ""
		for i, arg := range e.Args {
			if i > 0 {
				line += " "
			}
			line += show(arg)
		}
		p.logs = append(p.logs, line)
	case *runtime.EventExceptionThrown:
		p.thrown = append(p.thrown, e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	}
}

func show(arg *runtime.RemoteObject) string {
	if len(arg.Value) > 0 {
		return string(arg.Value)
	}
	return arg.Description
}

// openPage opens a page of another origin than the bridge's, which loads the client from the bridge, as the page of an
// application does.
func openPage(t *testing.T, b *bridge) *page {
	t.Helper()
	return openTab(t, b.site+"/?bridge="+b.url)
}

// site serves pages of another origin than the bridge's. They have the Content-Security-Policy that their query asks for.
func site(t *testing.T) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if policy := r.FormValue("policy"); policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		fmt.Fprintf(w, "<!doctype html><title>test</title><script>var before = new Set(Object.getOwnPropertyNames(window));</script>"+
			"<script src=%q></script>", r.FormValue("bridge")+"/zmq.js")
	}))
	t.Cleanup(web.Close)
	return web.URL
}

// eval runs the body of an async function in the page and returns what it returns.
func eval[T any](p *page, body string) T {
	p.t.Helper()
	v, err := try[T](p, body)
	if err != nil {
		p.t.Fatalf("%v\nconsole: %q\nuncaught: %q", err, p.logs, p.thrown)
	}
	return v
}

func try[T any](p *page, body string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T]("(async () => {"+body+"})()", chromedp.EvalAwaitPromise))
}

// awaitLogs waits until enough returns true for what the page has logged, and returns that.
func (p *page) awaitLogs(enough func([]string) bool) []string {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		logs := append([]string(nil), p.logs...)
		p.mu.Unlock()
		if enough(logs) {
			return logs
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.t.Fatalf("the page logged only %q; uncaught: %q", logs, p.thrown)
		}
	}
}

// nothingThrown fails the test if exceptions have reached the window.
func (p *page) nothingThrown() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.thrown) > 0 {
		p.t.Errorf("uncaught in the page: %q", p.thrown)
	}
}
