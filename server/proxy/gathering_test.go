package proxy

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// echo starts a REP that sends every request back.
func echo(t *testing.T) (endpoint string) {
	t.Helper()
	e, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e.Endpoint()
}

// connect opens an endpoint of a REQ, and waits until its backend is there.
func (r *rig) connect(socket uint32, endpoint uint64, address string) {
	r.Send(core.Frame{Kind: core.KindOpen, Socket: socket, ID: endpoint, Type: core.REQ, Text: []byte(address)})
	r.Await(core.KindOpened)
}

func request(socket uint32, id uint64) core.Frame {
	return core.Frame{Kind: core.KindRequest, Socket: socket, ID: id, Millis: 9_000, Parts: core.Message{fmt.Appendf(nil, "%d of %d", id, socket)}}
}

// answers are what came until so many replies had: by socket and request, the text of the reply, or the code of the error.
func (r *rig) answers(t *testing.T, replies int) map[[2]uint64]string {
	t.Helper()
	all := map[[2]uint64]string{}
	for range replies {
		for _, f := range r.Until(core.KindReply) {
			at := [2]uint64{uint64(f.Socket), f.ID}
			if _, twice := all[at]; twice && (f.Kind == core.KindReply || f.Kind == core.KindFailed) {
				t.Errorf("request %d of socket %d was answered twice", f.ID, f.Socket)
			}
			switch f.Kind {
			case core.KindReply:
				m, err := f.Body.Parts(nil)
				if err != nil || len(m) != 1 {
					t.Fatal(m, err)
				}
				all[at] = string(m[0])
			case core.KindFailed:
				all[at] = f.Code.String()
			}
		}
	}
	return all
}

// answered checks that a request got its own reply.
func answered(t *testing.T, all map[[2]uint64]string, socket, id uint64) {
	t.Helper()
	if want := fmt.Sprintf("%d of %d", id, socket); all[[2]uint64{socket, id}] != want {
		t.Errorf("request %d of socket %d got %q", id, socket, all[[2]uint64{socket, id}])
	}
}

// gather has a socket take requests as the session does, under its lock, and returns how many are for each backend.
func gather(t *testing.T, k *socket, count uint64) (waiting []int) {
	t.Helper()
	k.handle.Lock()
	defer k.handle.Unlock()
	for id := range count {
		f := request(1, id+1)
		f.Body = core.AppendBody(nil, f.Parts)
		r := f.Request()
		if taken, err := k.Gatherer().Gather(&r, time.Now()); !taken || err != nil {
			t.Fatal(taken, err)
		}
	}
	p := k.proxy.(*reqProxy)
	if n := k.handle.Usage().Pending; n != int(count) || len(p.gathered) != n {
		t.Fatalf("%d wait to be handed over, %d are outstanding", len(p.gathered), n)
	}
	for _, route := range p.routes {
		n := 0
		for _, entry := range p.gathered {
			if entry.entry.gateway == route.ReqGateway {
				n++
			}
		}
		waiting = append(waiting, n)
	}
	return waiting
}

// TestGathered: what came together waits until it is passed on, and then each backend gets its turns, and each request its reply.
func TestGathered(t *testing.T) {
	r := newRig(t, rules{})
	k := r.open(core.REQ, 0, echo(t))
	r.Await(core.KindOpened)
	r.connect(1, 2, echo(t))
	if waiting := gather(t, k, 6); !slices.Equal(waiting, []int{3, 3}) {
		t.Errorf("the backends are to get %v requests", waiting)
	}
	k.Gatherer().Pass()
	all := r.answers(t, 6)
	for id := range uint64(6) {
		answered(t, all, 1, id+1)
	}
	p := k.proxy.(*reqProxy)
	k.handle.Lock()
	defer k.handle.Unlock()
	if n := k.handle.Usage().Pending; n != 0 || p.pending.Len() != 0 || p.held.Held() != 0 || len(p.gathered) != 0 {
		t.Errorf("%d are still outstanding, %d bytes are held", n, p.held.Held())
	}
}

// TestGatheredOfSeveralSockets: each request of a WebSocket message goes to its own socket's backend, also behind frames of another
// kind, and those for a socket that may reach nobody are refused by themselves.
func TestGatheredOfSeveralSockets(t *testing.T) {
	denied := "tcp://127.0.0.1:1"
	r := newRig(t, rules{denies: func(a access.Access) bool { return a.Endpoint.String() == denied }})
	r.connect(1, 1, echo(t))
	r.connect(2, 1, echo(t))
	r.Send(core.Frame{Kind: core.KindOpen, Socket: 3, ID: 1, Type: core.REQ, Text: []byte(denied)})
	r.Await(core.KindRefused)
	r.Send(request(1, 1), request(2, 1), request(3, 1), request(1, 2), core.Frame{Kind: core.KindPing, ID: 1}, request(2, 2), request(3, 2), request(1, 3))
	all := r.answers(t, 5)
	for _, q := range [][2]uint64{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}} {
		answered(t, all, q[0], q[1])
	}
	for id := range uint64(2) {
		if got := all[[2]uint64{3, id + 1}]; got != core.Denied.String() {
			t.Errorf("request %d of the socket that may reach nobody got %q", id+1, got)
		}
	}
}

// TestTooManyGathered: those beyond what may be outstanding are refused, and no others.
func TestTooManyGathered(t *testing.T) {
	r := newRig(t, rules{})
	r.connect(1, 1, echo(t))
	most := uint64(r.cfg.MaxPending)
	var together []core.Frame
	for id := range most + 3 {
		together = append(together, request(1, id+1))
	}
	r.Send(together...)
	all := r.answers(t, int(most))
	for id := range most {
		answered(t, all, 1, id+1)
	}
	for id := most; id < most+3; id++ {
		if got := all[[2]uint64{1, id + 1}]; got != core.Busy.String() {
			t.Errorf("request %d got %q", id+1, got)
		}
	}
}

// TestNumberUsedTwice ends the connection, also if both came together.
func TestNumberUsedTwice(t *testing.T) {
	r := newRig(t, rules{})
	r.connect(1, 1, echo(t))
	r.Send(request(1, 7), request(1, 7))
	if code := r.AwaitClose(); code != core.CloseState {
		t.Errorf("closed with %d", code)
	}
}

// TestJudgedAreNotGathered: where somebody judges messages, each is judged before the next, and what he makes of it is passed on.
func TestJudgedAreNotGathered(t *testing.T) {
	judged := 0
	r := newRig(t, rules{terms: func(access.Access) access.Terms {
		return access.Terms{Admit: func(_ context.Context, m core.Message) (core.Message, error) {
			judged++ // by the reading goroutine alone
			if string(m[0]) == "2 of 1" {
				return nil, core.NewError(core.Denied, "not this one")
			}
			return core.Message{append([]byte("judged: "), m[0]...)}, nil
		}}
	}})
	r.connect(1, 1, echo(t))
	r.Send(request(1, 1), request(1, 2), request(1, 3))
	all := r.answers(t, 2)
	if judged != 3 || all[[2]uint64{1, 1}] != "judged: 1 of 1" || all[[2]uint64{1, 2}] != core.Denied.String() || all[[2]uint64{1, 3}] != "judged: 3 of 1" {
		t.Errorf("%d were judged: %v", judged, all)
	}
}
