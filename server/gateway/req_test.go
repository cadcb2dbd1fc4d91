package gateway

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestReqPipelinesWithoutMixUp(t *testing.T) {
	t.Parallel()
	const requesters, each = 1000, 5
	f := newTestFactory(t, quick())
	g := newReq(t, f, StartPython(t, "rep").Endpoint())
	var wg sync.WaitGroup
	for i := range requesters {
		wg.Go(func() {
			for j := range each {
				m := Text(fmt.Sprintf("%d/%d", i, j))
				_, c := ask(g, m, Patience)
				if got := Await(t, "a reply", c); got.err != nil || !bytes.Equal(got.reply[0], m[0]) {
					t.Errorf("%s: got %q, %v", m[0], got.reply, got.err)
				}
			}
		})
	}
	wg.Wait()
	if s := f.Stats(); s.Pending != 0 || s.LinksUp != 1 || s.Dials == 0 {
		t.Errorf("afterwards: %+v", s)
	}
}

func TestReqBackendRestarts(t *testing.T) {
	t.Parallel()
	backend := StartPython(t, "held")
	g := newReq(t, newTestFactory(t, quick()), backend.Endpoint())
	watched := NewEvents()
	defer g.Watch(watched)()

	_, first := ask(g, Text("first"), time.Hour)
	_, second := ask(g, Text("second"), time.Hour)
	backend.Hear()
	backend.Kill()
	WantCode(t, Await(t, "the failure of what was sent", first).err, core.Lost)
	WantCode(t, Await(t, "the failure of what was sent", second).err, core.Lost)
	watched.Wait(t, "up")
	watched.Wait(t, "down")
	WantCode(t, request(t, g, Text("nobody there")).err, core.Unavailable)

	RestartPython(t, backend, "rep")
	watched.Wait(t, "up")
	got := request(t, g, Text("back"))
	WantCode(t, got.err, core.OK)
	WantWords(t, got.reply, "back")
}

func TestReqNobodyThere(t *testing.T) {
	t.Parallel()
	g := newReq(t, newTestFactory(t, quick()), RefusingEndpoint(t))
	// Whether the first dial is still under way or has failed: both end in the same.
	WantCode(t, request(t, g, Text("x")).err, core.Unavailable)
	WantCode(t, request(t, g, Text("x")).err, core.Unavailable)
}

func TestReqTimeoutAndLateReply(t *testing.T) {
	t.Parallel()
	backend := StartPython(t, "held")
	f := newTestFactory(t, quick())
	g := newReq(t, f, backend.Endpoint())
	Eventually(t, "connected", func() bool { return f.Stats().LinksUp == 1 })

	_, c := ask(g, Text("slow"), 300*time.Millisecond)
	backend.Hear()
	WantCode(t, Await(t, "the timeout", c).err, core.Timeout)
	backend.Tell([]string{"too late"})
	Eventually(t, "the late reply is dropped", func() bool { return f.Stats().Dropped[drop.LateReply] == 1 })

	_, c = ask(g, Text("quick"), Patience)
	backend.Hear()
	backend.Tell([]string{"in time"})
	WantWords(t, Await(t, "the reply", c).reply, "in time")
}

func TestReqCancel(t *testing.T) {
	t.Parallel()
	backend := StartPython(t, "held")
	f := newTestFactory(t, quick())
	g := newReq(t, f, backend.Endpoint())

	r, c := ask(g, Text("never mind"), time.Hour)
	backend.Hear()
	r.Cancel()
	r.Cancel()
	WantCode(t, Await(t, "the cancellation", c).err, core.Canceled)
	backend.Tell([]string{"too late"})
	Eventually(t, "the late reply is dropped", func() bool { return f.Stats().Dropped[drop.LateReply] == 1 })
	if len(c) > 0 {
		t.Error("done was called twice")
	}
}

// TestSilentBackend is known to who asks it, too.
func TestSilentBackend(t *testing.T) {
	t.Parallel()
	c := quick()
	c.Heartbeat = 500 * time.Millisecond
	f := newTestFactory(t, c)
	l := ListenLocal(t)
	g := newReq(t, f, EndpointOf(l.Addr()))
	if got := g.Reach(); got != ReachDialing {
		t.Errorf("reach is %d at first", got)
	}
	peer := AcceptPeer(t, l)
	peer.Meet(1, "REP")
	Eventually(t, "ready", func() bool { return g.Reach() == ReachReady })
	Eventually(t, "the PING is not answered", func() bool { return g.Reach() == ReachSilent })
	peer.Close()
	Eventually(t, "away", func() bool { return g.Reach() == ReachAway })
}
