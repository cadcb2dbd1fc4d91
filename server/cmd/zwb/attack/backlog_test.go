package attack

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// TestManySendToASlowBackend: many clients send all they may to a backend that does not answer and to one that is away. What waits for each stays
// within its memory, the rest is refused, and whoever asks another backend is answered.
func TestManySendToASlowBackend(t *testing.T) {
	t.Parallel()
	const most, clients, messages, size = 1 << 20, 6, 20, 50 << 10
	b := start(t, fmt.Sprintf(`endpoints:
  asked: {type: REQ, address: %q, memory: 1MiB}
  told: {type: PUSH, address: %q, memory: 1MiB}
  echo: {type: REQ, address: %q}
`, mute(t), freeAddress(t), echo(t)), nil)
	full := func(endpoint string) bool {
		held := b.metric(fmt.Sprintf("zwb_endpoint_memory_bytes{endpoint=%q,what=\"sending\"}", endpoint))
		if held > most {
			t.Errorf("%v wait for %q", held, endpoint)
		}
		return held > most-2*size
	}
	payload := core.Message{make([]byte, size)}
	attack := func() *intruder.Intruder {
		v := b.enter("")
		v.Open(2, core.PUSH, 0, "told")
		credit := v.Hear(core.KindCredit)
		if credit == nil || credit.Bytes > most/4 {
			t.Fatalf("he may send %+v, %v", credit, v.End())
		}
		for range credit.Bytes / size {
			v.Say(core.Frame{Kind: core.KindMessage, Socket: 2, Parts: payload})
		}
		v.Open(1, core.REQ, 0, "asked")
		for id := range uint64(messages) {
			v.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Millis: 30_000, Parts: payload})
		}
		return v
	}
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		for range clients {
			attack()
		}
		until(t, "the memory of both to be used", func() bool { return full("asked") && full("told") })
		for range clients {
			v, refused := attack(), map[uint32]bool{}
			for len(refused) < 2 {
				f := v.Hear(core.KindFailed)
				if f == nil || f.Code != core.Busy {
					t.Fatalf("who comes later is told %+v, %v", f, v.End())
				}
				refused[f.Socket] = true
			}
		}
		full("asked")
		full("told")
	})
}
