package session

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// swift is a WebSocket whose network takes everything at once.
type swift struct{ idle }

func (swift) TryWrite([][]byte) (sent bool, err error) { return true, nil }
func (swift) Finish(time.Duration) error               { return nil }

// asking is a client whose session is kept, with a socket that requests are answered on.
func asking(b testing.TB, r *Registry) *Handle {
	l := newLine(r, swift{}, httptest.NewRequest("GET", "/", nil), access.ByClient, true)
	engine := core.NewSession(r.engine(1<<20), r.now())
	hello := core.AppendFrame(nil, &core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 24})
	if err := engine.Feed(hello, r.now(), func(*core.Frame) error { return nil }); err != nil {
		b.Fatal(err)
	}
	engine.Keep([]byte("token"), time.Minute, core.OK)
	engine.Welcome()
	s := newSession(r, engine, l, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line, l.session = l, s
	l.out.open(l)
	s.outbox.Attach(0)
	s.writeNow()
	return &Handle{session: s, id: 1, queue: s.outbox.NewQueue(1, 0, 0), open: true}
}

// TestSpareIsLittle of what may be held for a client, and of what may be held for all of them.
func TestSpareIsLittle(t *testing.T) {
	const MiB = 1 << 20
	for _, clients := range []int{1, 100, 1000} {
		r := NewRegistry(Config{Heartbeat: time.Hour, Limits: Limits{Memory: 64 * MiB, MaxQueued: MiB}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, nil)
		for range clients {
			asking(t, r)
		}
		if spare := r.spare(); spare <= 0 || spare > MiB/16 || clients*spare > 64*MiB/16 {
			t.Errorf("each of %d clients may keep %d bytes", clients, spare)
		}
		r.Close()
	}
}

// BenchmarkReplies is what a reply costs from the gateway to the network, 16 at a time, with an Ack of the client for each such message,
// or for 64 of them. Many clients are more than a near cache holds.
func BenchmarkReplies(b *testing.B) {
	for _, clients := range []int{1, 50, 500} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) { benchReplies(b, clients, 1) })
		b.Run(fmt.Sprint(clients, "AcksSeldom"), func(b *testing.B) { benchReplies(b, clients, 64) })
	}
}

func benchReplies(b *testing.B, clients int, messages uint64) {
	r := NewRegistry(Config{Heartbeat: time.Hour, Limits: Limits{Memory: 1 << 30, MaxQueued: 1 << 26}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, nil)
	defer r.Close()
	handles := make([]*Handle, clients)
	for i := range handles {
		handles[i] = asking(b, r)
	}
	const together = 16
	m := core.Message{make([]byte, 64)}
	var ack []byte
	b.ReportAllocs()
	for n := uint64(1); b.Loop(); n++ {
		h := handles[n%uint64(clients)]
		h.Lock()
		for i := range uint64(together) {
			if _, err := h.ReplyDeferred(n*together+i, m); err != nil {
				b.Fatal(err)
			}
		}
		h.Unlock()
		h.Flush()
		sent := h.session.engine.Sent()
		if sent%(messages*together) > 0 {
			continue
		}
		ack = core.AppendFrame(ack[:0], &core.Frame{Kind: core.KindAck, Seq: sent})
		if err := h.session.feed([][]byte{ack}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/together, "ns/reply")
}
