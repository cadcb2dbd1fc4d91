package attack

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// workers count what they get, by the first part.
type workers struct{ mallory, alice atomic.Int64 }

// Receive implements gateway.Receiver.
func (w *workers) Receive(m core.Message) bool {
	if string(m[0]) == "alice" {
		w.alice.Add(1)
	} else {
		w.mallory.Add(1)
	}
	return true
}

// TestWaysAroundARate: many sockets on many connections, and requests over HTTP besides, send together what one socket of the same user
// may; and others do not wait for it.
func TestWaysAroundARate(t *testing.T) {
	t.Parallel()
	w := new(workers)
	f := gateway.NewFactory(gateway.Config{})
	t.Cleanup(f.Close)
	worker, err := f.Port(core.PULL, core.Endpoint{Transport: "tcp", Host: "127.0.0.1"}, gateway.PortOptions{Bind: true, Receiver: w})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(worker.Release)
	b := start(t, withSecret+"endpoints:\n  jobs: {type: PUSH, address: '"+worker.Endpoint().String()+"', rate: 20/s}\n", secretFile)
	const connections, sockets, messages, posts = 5, 10, 10, 40
	token := signed("mallory", nil)
	begun := time.Now()
	for range connections {
		v := b.enter(token)
		for n := range uint32(sockets) {
			v.Open(n+1, core.PUSH, 0, "jobs")
			if v.Hear(core.KindOpened) == nil {
				t.Fatal(v.End())
			}
			for range messages {
				v.Say(core.Frame{Kind: core.KindMessage, Socket: n + 1, Parts: core.Message{[]byte("mallory")}})
			}
		}
	}
	push := func(token, body string) (status int) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+b.address+"/push/jobs?timeout=1s", strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return 0
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Error(err)
			return 0
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	var posting sync.WaitGroup
	defer posting.Wait()
	for range posts {
		posting.Go(func() { push(token, "mallory") })
	}
	if status := push(signed("alice", nil), "alice"); status != http.StatusAccepted {
		t.Errorf("somebody else is told %d", status)
	}
	until(t, "40 messages", func() bool { return w.mallory.Load() >= 40 })
	left, took := w.mallory.Load(), time.Since(begun)
	if most := 3 + int64(20*took.Seconds()); left > most {
		t.Errorf("in %v %d have left, and %d may", took, left, most)
	}
	until(t, "the message of somebody else", func() bool { return w.alice.Load() == 1 })
}
