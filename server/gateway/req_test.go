package gateway

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestReqPipelinesWithoutMixUp(t *testing.T) {
	t.Parallel()
	const requesters, each = 1000, 5
	f := newTestFactory(t, quick())
	g := newReq(t, f, startPython(t, "rep").endpoint())
	var wg sync.WaitGroup
	for i := range requesters {
		wg.Go(func() {
			for j := range each {
				m := text(fmt.Sprintf("%d/%d", i, j))
				_, c := ask(g, m, patience)
				if got := await(t, "a reply", c); got.err != nil || !bytes.Equal(got.reply[0], m[0]) {
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
	backend := startPython(t, "held")
	g := newReq(t, newTestFactory(t, quick()), backend.endpoint())
	watched := newEvents()
	defer g.Watch(watched)()

	_, first := ask(g, text("first"), time.Hour)
	_, second := ask(g, text("second"), time.Hour)
	backend.hear()
	backend.kill()
	wantCode(t, await(t, "the failure of what was sent", first).err, core.Lost)
	wantCode(t, await(t, "the failure of what was sent", second).err, core.Lost)
	watched.wait(t, "up")
	watched.wait(t, "down")
	wantCode(t, request(t, g, text("nobody there")).err, core.Unavailable)

	restartPython(t, backend, "rep")
	watched.wait(t, "up")
	got := request(t, g, text("back"))
	wantCode(t, got.err, core.OK)
	wantWords(t, got.reply, "back")
}

func TestReqNobodyThere(t *testing.T) {
	t.Parallel()
	g := newReq(t, newTestFactory(t, quick()), unusedEndpoint(t))
	// Whether the first dial is still under way or has failed: both end in the same.
	wantCode(t, request(t, g, text("x")).err, core.Unavailable)
	wantCode(t, request(t, g, text("x")).err, core.Unavailable)
}

func TestReqTimeoutAndLateReply(t *testing.T) {
	t.Parallel()
	backend := startPython(t, "held")
	f := newTestFactory(t, quick())
	g := newReq(t, f, backend.endpoint())
	eventually(t, "connected", func() bool { return f.Stats().LinksUp == 1 })

	_, c := ask(g, text("slow"), 300*time.Millisecond)
	backend.hear()
	wantCode(t, await(t, "the timeout", c).err, core.Timeout)
	backend.tell([]string{"too late"})
	eventually(t, "the late reply is dropped", func() bool { return f.Stats().Dropped[DropLateReply] == 1 })

	_, c = ask(g, text("quick"), patience)
	backend.hear()
	backend.tell([]string{"in time"})
	wantWords(t, await(t, "the reply", c).reply, "in time")
}

func TestReqCancel(t *testing.T) {
	t.Parallel()
	backend := startPython(t, "held")
	f := newTestFactory(t, quick())
	g := newReq(t, f, backend.endpoint())

	r, c := ask(g, text("never mind"), time.Hour)
	backend.hear()
	r.Cancel()
	r.Cancel()
	wantCode(t, await(t, "the cancellation", c).err, core.Canceled)
	backend.tell([]string{"too late"})
	eventually(t, "the late reply is dropped", func() bool { return f.Stats().Dropped[DropLateReply] == 1 })
	if len(c) > 0 {
		t.Error("done was called twice")
	}
}
