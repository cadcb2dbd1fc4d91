package attack

import (
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// mostWait is how long an innocent client may wait for an answer, whatever others do. It is much: the machine has other things to do, too.
const mostWait = 3 * time.Second

// whileServed does something while an innocent client asks all the time, and is answered. It asks the bridge; where it has opened socket 1 as a
// REQ, it asks the backend.
func whileServed(t *testing.T, innocent *intruder.Intruder, socket uint32, during func()) {
	t.Helper()
	over := make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(over)
	all.Go(func() {
		for id := uint64(1 << 20); ; id++ {
			at := time.Now()
			if socket != 0 {
				innocent.Say(core.Frame{Kind: core.KindRequest, Socket: socket, ID: id, Parts: core.Message{[]byte("innocent")}})
			} else {
				innocent.Say(core.Frame{Kind: core.KindPing, ID: id})
			}
			f := innocent.Hear(core.KindPong, core.KindReply, core.KindFailed)
			if took := time.Since(at); f == nil || f.Kind == core.KindFailed || took > mostWait {
				t.Errorf("somebody innocent is told %+v after %v, and %v", f, took, innocent.End())
				return
			}
			select {
			case <-over:
				return
			case <-time.After(10 * time.Millisecond): // the pace of somebody innocent
			}
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
