package attack

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestWhoSendsTooFast is read more slowly, is disconnected after much more, and is turned away over HTTP. Others go on as before.
func TestWhoSendsTooFast(t *testing.T) {
	t.Parallel()
	b := start(t, "limits: {messages: 50/s, bytes: 1MiB/s}\nendpoints:\n  echo: {type: REQ, address: '"+echo(t)+"'}\n", nil)
	innocent := b.askingEcho(core.Frame{})
	id := uint64(0)
	requests := func(n int) []core.Frame {
		return many(n, func() core.Frame {
			id++
			return core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Parts: core.Message{[]byte("x")}}
		})
	}
	whileServed(t, innocent, func() {
		slowed := b.askingEcho(core.Frame{})
		began := time.Now()
		for range 6 { // as much as there may be at once, and more than a second's worth besides
			slowed.Say(requests(20)...)
		}
		for range 6 * 20 {
			if f := slowed.Hear(core.KindReply, core.KindFailed); f == nil || f.Kind == core.KindFailed {
				t.Fatalf("a client that is somewhat too fast is told %+v, %v", f, slowed.End())
			}
		}
		slowed.Say(requests(1)...)
		if f := slowed.Hear(core.KindReply); f == nil || time.Since(began) < 500*time.Millisecond {
			t.Errorf("after 120 messages the next one is answered in %v, at 50 a second; %v", time.Since(began), slowed.End())
		}
		if b.metric(`zwb_limit_hits_total{limit="rate"}`) == 0 {
			t.Error("it is not counted")
		}
		for name, says := range map[string][]core.Frame{
			"messages": requests(1000),
			"bytes":    {{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{make([]byte, 14*mebibyte)}}},
		} {
			v := b.askingEcho(core.Frame{})
			v.Say(says...)
			if end := v.AwaitEnd(); end == nil || end.Close != core.CloseOverloaded {
				t.Errorf("%s: %v", name, end)
			}
		}
		if hits := b.metric(`zwb_limit_hits_total{limit="too_fast"}`); hits != 2 {
			t.Errorf("%v of 2 are counted", hits)
		}
	})
	whileServed(t, innocent, func() { floodOfRequests(t, b) })
}

// floodOfRequests: many at once over HTTP, of which only as many are answered as may be.
func floodOfRequests(t *testing.T, b *bridge) {
	t.Helper()
	began := time.Now()
	var answered, refused atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 50 {
				resp, err := http.Post("http://"+b.address+"/req/echo", "text/plain", strings.NewReader("x"))
				if err != nil {
					t.Error(err)
					return
				}
				text, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				switch {
				case resp.StatusCode == http.StatusOK:
					answered.Add(1)
				case resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
					refused.Add(1)
				default:
					t.Errorf("%s: %s", resp.Status, text)
				}
			}
		})
	}
	all.Wait()
	if most := 51 + 50*time.Since(began).Seconds(); refused.Load() == 0 || answered.Load() == 0 || float64(answered.Load()) > most+16 {
		t.Errorf("%d are answered, %d are not, in %v", answered.Load(), refused.Load(), time.Since(began))
	}
}
