package server

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// BenchmarkDeliver is the way of a SUB message through the bridge's queues: into the socket's, and from there into a batch.
func BenchmarkDeliver(b *testing.B) {
	for _, size := range []int{16, 1024} {
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			bridge := New(allowAll(Config{Log: quiet}))
			defer bridge.Close()
			engine := core.NewSession(core.SessionConfig{Bridge: true}, bridge.now())
			hello := core.AppendFrame(nil, &core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 24})
			if err := engine.Feed(hello, bridge.now(), func(*core.Frame) error { return nil }); err != nil {
				b.Fatal(err)
			}
			engine.Welcome()
			s := newSession(bridge, engine, httptest.NewRequest("GET", "/data", nil), nil)
			k := newSocket(s, &core.Frame{Socket: 1, Type: core.SUB, Messages: core.MaxCredit, Bytes: core.MaxCredit})
			s.sockets[1], s.lastSocket = k, 1
			k.outbox.main.terms, _ = terms{}.under(Flow{}, bridge.cfg.HWM)
			body := core.EncodeBody(core.Message{[]byte("topic"), make([]byte, size)})
			var batch []byte
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.deliver(k, &outgoing{body: body, size: size + 5})
				if i%50 == 49 {
					s.mu.Lock()
					k.outbox.messages, k.outbox.bytes = core.MaxCredit, core.MaxCredit
					s.fill(0)
					batch = engine.Take(batch[:0], 0)
					s.mu.Unlock()
				}
			}
		})
	}
}
