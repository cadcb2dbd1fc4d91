package e2e

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

func (b *bridge) address() string { return strings.TrimPrefix(b.url, "http://") }

// TestCutIsNoEvent checks that a page whose WebSocket was cut gets the answer and the messages of the meantime, and that its
// sockets do not notice the cut.
func TestCutIsNoEvent(t *testing.T) {
	t.Parallel()
	held, pub := startPeer(t, "held", 0), startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "REQ "+held.address(), "--allow", "SUB "+pub.address())
	w := newWire(t, b.address())
	p := openPage(t, b)
	eval[any](p, `
		window.happened = [];
		window.ctx = new zmq.Context(`+quoteJS(w.data())+`);
		for (const event of ['resumed', 'reset', 'gap']) ctx.on(event, () => happened.push(event));
		window.sub = ctx.Socket(zmq.SUB);
		for (const event of ['down', 'up', 'gap']) sub.on(event, () => happened.push('sub ' + event));
		await sub.connect(`+quoteJS(pub.address())+`); await sub.subscribe('t'); await sub.ready();
		happened.length = 0;
		window.got = [];
		(async () => { for await (const m of sub) got.push(String(m[1])); })();
		window.req = ctx.Socket(zmq.REQ);
		await req.connect(`+quoteJS(held.address())+`); await req.ready();
		window.answer = req.request('q');`)
	held.await(`["q"]`)
	var want []string
	for i := range 5 {
		pub.tell([]string{"t", itoa(i) + " before"})
		w.cut()
		pub.tell([]string{"t", itoa(i) + " after"})
		want = append(want, itoa(i)+" before", itoa(i)+" after")
		eval[any](p, `while (happened.filter((e) => e === 'resumed').length < `+itoa(i+1)+`) await new Promise((r) => setTimeout(r, 10));`)
	}
	held.tell([]string{"a"})
	if got := eval[string](p, `return String((await answer)[0])`); got != "a" {
		t.Errorf("the answer is %q", got)
	}
	got := eval[[]string](p, `while (got.length < `+itoa(len(want))+`) await new Promise((r) => setTimeout(r, 10)); return got`)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if happened := eval[[]string](p, `return happened`); slices.ContainsFunc(happened, func(e string) bool { return e != "resumed" }) {
		t.Errorf("the page was told of %q", happened)
	}
	p.nothingThrown()
}

// TestReload checks that a page that is loaded again goes on where it was.
func TestReload(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address())
	p := openPage(t, b)
	script := `
		window.gaps = [];
		window.ctx = new zmq.Context(` + quoteJS(b.data) + `, { resume: 'refresh' });
		window.sub = ctx.Socket(zmq.SUB);
		sub.on('gap', (gap) => gaps.push(gap));
		await sub.connect(` + quoteJS(pub.address()) + `); await sub.subscribe('t'); await sub.ready();
		window.next = async () => String((await sub[Symbol.asyncIterator]().next()).value[1]);`
	eval[any](p, script)
	for i := range 4 {
		pub.tell([]string{"t", "live " + itoa(i)})
		if got := eval[string](p, `return next()`); got != "live "+itoa(i) {
			t.Errorf("got %q", got)
		}
		eval[any](p, `window.addEventListener('pagehide', () => console.log('leaving'));`)
		reloaded := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(p.ctx, patience)
			defer cancel()
			reloaded <- chromedp.Do(ctx, chromedp.Reload())
		}()
		if err := <-reloaded; err != nil {
			t.Fatal(err)
		}
		pub.tell([]string{"t", "while it was away " + itoa(i)})
		eval[any](p, script)
		if got := eval[string](p, `return next()`); got != "while it was away "+itoa(i) {
			t.Errorf("reload %d: got %q", i, got)
		}
	}
	if gaps := eval[int](p, `return gaps.length`); gaps != 0 {
		t.Errorf("%d gaps", gaps)
	}
	p.nothingThrown()
}

// TestMoveToAnotherBridge checks that a bridge that is told to stop lets its page finish, and that the page then connects to
// the next bridge.
func TestMoveToAnotherBridge(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	first := startBridge(t, "--allow", "REQ "+held.address(), "--drain", "15s")
	second := startBridge(t, "--origin", first.site, "--allow", "REQ "+held.address())
	w := newWire(t, first.address())
	p := openPage(t, first)
	eval[any](p, `
		window.states = [];
		window.ctx = new zmq.Context(`+quoteJS(w.data())+`);
		ctx.on('status', ({ state }) => states.push(state));
		window.req = ctx.Socket(zmq.REQ);
		await req.connect(`+quoteJS(held.address())+`); await req.ready();
		window.one = req.request('one');`)
	held.await(`["one"]`)
	w.plug(second.address())
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eval[any](p, `while (!states.includes('draining')) await new Promise((r) => setTimeout(r, 10));
		window.two = req.request('two');`)
	held.tell([]string{"answer one"})
	if got := eval[string](p, `return String((await one)[0])`); got != "answer one" {
		t.Errorf("the answer is %q", got)
	}
	held.await(`["two"]`) // it came through the second bridge
	held.tell([]string{"answer two"})
	if got := eval[string](p, `return String((await two)[0])`); got != "answer two" {
		t.Errorf("the answer is %q", got)
	}
	got := eval[[]string](p, `return states`)
	if !slices.Equal(got[len(got)-3:], []string{"draining", "reconnecting", "connected"}) {
		t.Errorf("states %q", got)
	}
	if err := first.cmd.Wait(); err != nil {
		t.Errorf("the first bridge ended with %v", err)
	}
	p.nothingThrown()
}

// TestDashboard checks that a subscription with a rate gets as many messages as that, the last value in the end, and no gap.
func TestDashboard(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address()+" rate=10/s")
	p := openPage(t, b)
	eval[any](p, `
		window.ctx = new zmq.Context(`+quoteJS(b.data)+`);
		window.got = []; window.conflated = 0; window.gaps = 0;
		window.sub = ctx.Socket(zmq.SUB);
		sub.on('conflated', ({ missed }) => conflated += missed);
		sub.on('gap', () => gaps++);
		await sub.connect(`+quoteJS(pub.address())+`); await sub.subscribe('t', { rate: 1000 }); await sub.ready();
		(async () => { for await (const m of sub) got.push(Number(m[1])); })();`)
	const sent = 2000
	for i := range sent {
		pub.tell([]string{"t", itoa(i)})
	}
	type result struct {
		Got             []int
		Conflated, Gaps int
	}
	r := eval[result](p, `
		while (got.at(-1) !== `+itoa(sent-1)+`) await new Promise((r) => setTimeout(r, 10));
		return { got, conflated, gaps };`)
	if len(r.Got)+r.Conflated != sent || r.Gaps != 0 || !slices.IsSorted(r.Got) || len(r.Got) > sent/4 {
		t.Errorf("%d messages, %d conflated, %d gaps", len(r.Got), r.Conflated, r.Gaps)
	}
	p.nothingThrown()
}
