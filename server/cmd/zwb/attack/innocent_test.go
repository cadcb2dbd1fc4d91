package attack

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// mostWait is how long nine of ten answers for somebody innocent may take, whatever others do. It is much: the machine has other things to do, too.
const mostWait = time.Second

// pace is how long somebody innocent waits between two questions.
const pace = 40 * time.Millisecond

// whileServed does something while somebody innocent, of askingEcho, asks all the time, and is answered.
func whileServed(t *testing.T, innocent *intruder.Intruder, during func()) {
	t.Helper()
	over := make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(over)
	all.Go(func() {
		var taken []time.Duration
		for id, going := uint64(1<<20), true; going; id++ {
			at := time.Now()
			innocent.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Parts: core.Message{[]byte("innocent")}})
			f := innocent.Hear(core.KindReply, core.KindFailed)
			if taken = append(taken, time.Since(at)); f == nil || f.Kind == core.KindFailed {
				t.Errorf("somebody innocent is told %+v, and %v", f, innocent.End())
				return
			}
			select {
			case <-over:
				going = false
			case <-time.After(pace):
			}
		}
		slices.Sort(taken)
		if most := taken[len(taken)*9/10]; most > mostWait {
			t.Errorf("of %d answers for somebody innocent one in ten takes more than %v", len(taken), most)
		}
	})
	during()
}

// echo is the address of a backend that answers everybody.
func echo(t *testing.T) string {
	t.Helper()
	e, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e.Endpoint()
}

// askingEcho is an innocent client that has the endpoint "echo" open as socket 1.
func (b *bridge) askingEcho(hello core.Frame) *intruder.Intruder {
	b.t.Helper()
	v, _, err := b.door().Enter(hello)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { v.Close() })
	if v.Open(1, core.REQ, 0, "echo"); v.Hear(core.KindOpened) == nil {
		b.t.Fatal("nobody is served: ", v.End())
	}
	return v
}
