package attack

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// peak is the most that is held for clients while something is done.
func (b *bridge) peak(during func()) (most int) {
	over := make(chan struct{})
	go func() { // ends with during
		defer close(over)
		during()
	}()
	for {
		most = max(most, b.held("zwb_memory_bytes{"))
		select {
		case <-over:
			return most
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestModestWhileMemoryIsShort: clients that use up the memory again and again are disconnected again and again, and are refused in between.
// Whoever holds little is not.
func TestModestWhileMemoryIsShort(t *testing.T) {
	t.Parallel()
	const memory = 64 * mebibyte
	b := start(t, "limits: {memory: 64MiB, memory_per_user: 1GiB, client: 32MiB, connections_per_user: 100}\n"+withSecret+
		"endpoints:\n  echo: {type: REQ, address: '"+echo(t)+"'}\n  mute: {type: REQ, address: '"+mute(t)+"'}\n", secretFile)
	innocent := b.askingEcho(credentials(signed("alice", nil)))
	var refused atomic.Int64
	most := 0
	whileServed(t, innocent, func() {
		most = b.peak(func() {
			each(8, func(n int) {
				hello := credentials(signed(fmt.Sprint("mallory-", n), nil))
				for began := time.Now(); time.Since(began) < 2*time.Second || refused.Load() == 0 && time.Since(began) < patience; {
					v, _, err := b.door().Enter(hello)
					if err != nil {
						continue // there is no room
					}
					v.Open(1, core.REQ, 0, "mute")
					for id := range uint64(24) {
						v.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Millis: 600_000, Parts: core.Message{make([]byte, mebibyte)}})
					}
					for v.Say(core.Frame{Kind: core.KindPing, ID: 1}) {
						f := v.Hear(core.KindPong, core.KindFailed)
						if f == nil || f.Kind == core.KindPong {
							break
						}
						refused.Add(1)
					}
					v.Close()
				}
			})
		})
	})
	if hits := b.metric(`zwb_limit_hits_total{limit="memory"}`); hits == 0 || refused.Load() == 0 {
		t.Errorf("memory was short %v times, and %d requests were refused", hits, refused.Load())
	}
	if most > memory*5/4 {
		t.Errorf("%d MiB were held", most/mebibyte)
	}
}

// TestUnfinishedMessagesOfMany: many WebSockets, each with a message whose last byte never comes, in one piece or in many. They are on the account,
// and the largest go; nobody else waits.
func TestUnfinishedMessagesOfMany(t *testing.T) {
	t.Parallel()
	const memory = 64 * mebibyte
	b := start(t, "limits: {memory: 64MiB, memory_per_user: 1GiB}\nendpoints:\n  echo: {type: REQ, address: '"+echo(t)+"'}\n", nil)
	most := 0
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		most = b.peak(func() {
			each(30, func(n int) {
				door := b.door()
				door.Patience = 2 * time.Second // nobody reads when memory is short
				v := door.Join()
				if v == nil {
					return // there is no room
				}
				t.Cleanup(func() { v.Close() })
				if n%2 == 0 {
					v.Raw(intruder.Announce(intruder.OpLast|intruder.OpBinary, 15*mebibyte))
					v.Raw(make([]byte, 15*mebibyte-1))
					return
				}
				for piece := range 15 {
					op := byte(intruder.OpMore)
					if piece == 0 {
						op = intruder.OpBinary
					}
					if !v.Raw(append(intruder.Announce(op, mebibyte), make([]byte, mebibyte)...)) {
						return
					}
				}
			})
		})
	})
	if most > memory*5/4 || most < memory/2 {
		t.Errorf("%d MiB were held", most/mebibyte)
	}
	if b.metric(`zwb_limit_hits_total{limit="memory"}`) == 0 {
		t.Error("it is not counted")
	}
}

// TestMemoryOfLastValues: a publisher with ever new topics has the bridge keep the last values of no more than have room, and its subscribers have
// what it publishes.
func TestMemoryOfLastValues(t *testing.T) {
	t.Parallel()
	const allowance = 16 * mebibyte // a quarter
	b := start(t, "zmq: {last_values: 1000000}\nlimits: {memory: 64MiB}\nendpoints:\n  echo: {type: REQ, address: '"+echo(t)+"'}\n  feed: {type: SUB, address: '"+
		topicsWithoutEnd(t, 1000)+"'}\n", nil)
	v := b.enter("")
	v.Say(append(opening(1, core.SUB, 0, "feed"), core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})...)
	v.Listen()
	kept := 0
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		until(t, "much more was published than may be kept", func() bool {
			if kept = b.held(`zwb_memory_bytes{what="last_values"}`); kept > allowance {
				t.Fatalf("%d bytes are kept", kept)
			}
			return b.metric(`zwb_backend_bytes_total{direction="from_backends"}`) > 4*allowance
		})
	})
	if kept < allowance/2 {
		t.Errorf("%d bytes are kept", kept)
	}
	later := b.enter("")
	later.Say(append(opening(1, core.SUB, 0, "feed"), core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})...)
	if later.Hear(core.KindMessage) == nil {
		t.Error("who comes later hears nothing: ", later.End())
	}
	if b.metric("zwb_connections") != 3 {
		t.Errorf("%v of 3 are there", b.metric("zwb_connections"))
	}
}
