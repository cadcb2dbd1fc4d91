//go:build long

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// publish publishes so many messages per second, on 500 topics in turn, and returns where.
func publish(t *testing.T, perSecond int) (address string) {
	t.Helper()
	address = "tcp://127.0.0.1:" + itoa(freePort(t))
	ep, err := core.ParseAddress(address)
	if err != nil {
		t.Fatal(err)
	}
	factory := gateway.NewFactory(gateway.Config{})
	pub, err := factory.Pub(ep)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-ended
		factory.Close()
	})
	go func() {
		defer close(ended)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		begin, sent := time.Now(), 0
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			for due := int(time.Since(begin).Seconds() * float64(perSecond)); sent < due; sent++ {
				topic := fmt.Sprintf("load.%d.%d", sent%20, sent%500)
				body := fmt.Sprintf(`{"n":%d,"value":%.3f,"unit":"mm"}`, sent, float64(sent%1000)/7)
				if pub.Publish(core.Message{[]byte(topic), []byte(body)}) != nil {
					return
				}
			}
		}
	}()
	return address
}

// heap is how many bytes of JavaScript the page needs, once garbage is collected.
func (p *page) heap() int {
	p.t.Helper()
	used := 0
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return err
		}
		got, err := cdp.Call(ctx, t, runtime.GetHeapUsage, cdp.Empty{})
		if err == nil {
			used = int(got.UsedSize)
		}
		return err
	}))
	if err != nil {
		p.t.Fatal(err)
	}
	return used
}

// busy is how long the page's main thread has computed so far. Time in which other threads had the core does not count.
func (p *page) busy() time.Duration {
	p.t.Helper()
	var seconds float64
	err := chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
			return err
		}
		got, err := cdp.Call(ctx, t, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, m := range got.Metrics {
			if m.Name == "TaskDuration" {
				seconds = m.Value
			}
		}
		return nil
	}))
	if err != nil {
		p.t.Fatal(err)
	}
	return time.Duration(seconds * float64(time.Second))
}

// TestConsoleUnderLoad: 20,000 messages arrive in a second, and in every view the page can keep up with them while it draws as often as
// the screen does. How often that is depends on what else the machine does. What messages and frames cost does not, so it is the
// computing of the page that counts: what it needs for a second's worth of messages, as often as it was drawn, leaves a fifth of a second.
// What it needs of memory does not grow.
func TestConsoleUnderLoad(t *testing.T) {
	const rate, mayTake = 20_000, 800 * time.Millisecond
	address := publish(t, rate)
	p := openTab(t, startBridge(t, "--allow", "SUB "+address).url)
	eval[any](p, inConsole+`await click('type-SUB'); await fill('address', '`+address+`'); await click('open'); await live(await card('SUB'));
		await until(() => all('topic').length > 10);`)
	const drawn = `
		const seen = () => Number(all('total')[0].textContent.replaceAll(',', ''));
		let frames = 0, on = true;
		const frame = () => { frames++; if (on) requestAnimationFrame(frame); };
		requestAnimationFrame(frame);
		const first = seen();
		await until(() => frames >= 60 && seen() - first >= 20000);
		on = false;
		return [frames, seen() - first];`
	eval[any](p, inConsole+`await new Promise((r) => setTimeout(r, 1000));`)
	before := p.heap()
	for _, view := range []string{"topics", "messages", "latency"} {
		eval[any](p, inConsole+`await click('tab-`+view+`');`)
		began := p.busy()
		got := eval[[]int](p, inConsole+drawn)
		took := p.busy() - began
		if took <= 0 {
			t.Fatal("the browser does not tell how long the page computes")
		}
		each := took * rate / time.Duration(got[1])
		t.Logf("%s: %d messages in %d frames took %v, so %d take %v", view, got[1], got[0], took, rate, each)
		if each > mayTake {
			t.Errorf("with %s in view the page computes for %v in a second", view, each)
		}
	}
	after := p.heap()
	t.Logf("%d KiB, then %d KiB", before>>10, after>>10)
	if after > before+(8<<20) {
		t.Errorf("the page has grown from %d to %d bytes", before, after)
	}
	if missed := eval[string](p, inConsole+`return all('sub-missed')[0]?.textContent ?? '';`); missed != "" {
		t.Logf("%s messages were missed", missed)
	}
	p.nothingThrown()
}
