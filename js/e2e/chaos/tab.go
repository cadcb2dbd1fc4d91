package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// tab is a page in a Chromium of its own.
type tab struct {
	ctx   context.Context
	close func()

	mu     sync.Mutex
	thrown []string // exceptions that nobody has caught
}

// siteWith serves a page of another origin than the bridge's, which loads the client from the bridge.
func siteWith(bridge string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><title>chaos</title><script src=%q></script>", bridge+"/zmq.js")
	}))
}

// openTab opens a page.
func openTab(ctx context.Context, url string) (*tab, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.New("the page needs Debian's chromium: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("ignore-certificate-errors", true))
	allocator, endAllocator := chromedp.NewExecAllocator(ctx, options...)
	browser, endBrowser := chromedp.NewContext(allocator)
	t := &tab{ctx: browser, close: func() { endBrowser(); endAllocator() }}
	if err := chromedp.Do(browser); err != nil {
		t.close()
		return nil, fmt.Errorf("chromium does not start: %w", err)
	}
	err = chromedp.Listen(browser, t.listen)
	if err == nil {
		step, cancel := context.WithTimeout(browser, process.Patience)
		defer cancel()
		err = chromedp.Do(step, chromedp.Navigate(url))
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *tab) listen(event any) {
	if e, ok := event.(*runtime.EventExceptionThrown); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.thrown = append(t.thrown, e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	}
}

// uncaught are the exceptions that have reached the window.
func (t *tab) uncaught() (errs []error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, thrown := range t.thrown {
		errs = append(errs, fmt.Errorf("uncaught in the page: %s", thrown))
	}
	return errs
}

// evaluate runs an expression in the page.
func evaluate[T any](t *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, process.Patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// instant is a time of the page's clock, in milliseconds.
type instant float64

func (i instant) time() time.Time { return time.UnixMicro(int64(i * 1000)) }
