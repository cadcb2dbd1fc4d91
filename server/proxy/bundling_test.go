package proxy

import (
	"context"
	"fmt"
	"math"
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
)

// stalled is a backend that takes nothing until it is read from, and the socket of a client that is connected to it.
type stalled struct {
	*rig
	gatewaytest.Peer
	k *socket
}

// pipe is the address of the stalled backend.
const pipe = "tcp://127.0.0.1:1"

func newStalled(t *testing.T) *stalled {
	pipes := make(gatewaytest.Pipes)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if "tcp://"+address == pipe {
			return pipes.Dial(ctx, network, address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	s := &stalled{rig: newRigWith(t, rules{}, gateway.Config{Dial: dial})}
	s.Client.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte(pipe)})
	s.Peer = pipes.Accept(t)
	t.Cleanup(func() { s.Peer.Close() })
	s.Peer.Meet(1, "REP")
	s.Await(core.KindOpened)
	s.k = <-s.made
	return s
}

// ask makes requests with the numbers from first to last, which come together, and waits until they are at the gateway.
func (s *stalled) ask(first, last uint64) {
	var together []core.Frame
	for id := first; id <= last; id++ {
		together = append(together, request(1, id))
	}
	s.Client.Send(append(together, core.Frame{Kind: core.KindPing, ID: last})...)
	s.Await(core.KindPong)
}

// slips waits until as many requests are pending as are in bundles, and as many others.
func (s *stalled) slips(t *testing.T, bundled, others int) {
	t.Helper()
	p := s.k.proxy.(*reqProxy)
	wait.For(t, fmt.Sprintf("%d requests in bundles, and %d others", bundled, others), func() bool {
		s.k.handle.Lock()
		defer s.k.handle.Unlock()
		return p.slips == bundled && p.pending.Len() == others && s.k.handle.Usage().Pending == bundled+others
	})
}

// begun waits until the writer has the first of what was asked.
func (s *stalled) begun() { s.Peer.ReadFull(make([]byte, 1)) }

// settled checks that nothing is left on any book.
func (s *stalled) settled(t *testing.T) {
	t.Helper()
	s.slips(t, 0, 0)
	s.k.handle.Lock()
	defer s.k.handle.Unlock()
	if p := s.k.proxy.(*reqProxy); p.held.Held() != 0 {
		t.Errorf("%d bytes are held", p.held.Held())
	}
}

// outcomes are the replies and errors that come until each of so many requests has one.
func (s *stalled) outcomes(t *testing.T, requests int) map[uint64]string {
	t.Helper()
	all := map[uint64]string{}
	for len(all) < requests {
		f := s.Next()
		switch f.Kind {
		case core.KindReply:
			m, err := f.Body.Parts(nil)
			if err != nil || string(m[0]) != fmt.Sprintf("%d of 1", f.ID) {
				t.Errorf("%d got %q, %v", f.ID, m, err)
			}
			all[f.ID] = "reply"
		case core.KindFailed:
			all[f.ID] = f.Code.String()
		}
	}
	return all
}

// TestBundleGoesElsewhere: requests of bundles that the writer had begun to send are lost with the connection, or with the endpoint. Those
// behind it were not sent, and go to the other endpoint, whole.
func TestBundleGoesElsewhere(t *testing.T) {
	for name, end := range map[string]func(*stalled){
		"the connection ends":           func(s *stalled) { s.Peer.Close() },
		"the client leaves the address": func(s *stalled) { s.Client.Send(core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStalled(t)
			s.ask(1, 2)
			s.begun()
			s.ask(3, 6)
			s.slips(t, 6, 0)
			s.connect(1, 2, echo(t))
			end(s)
			for id, got := range s.outcomes(t, 6) {
				if want := map[bool]string{true: core.Lost.String(), false: "reply"}[id <= 2]; got != want {
					t.Errorf("%d: %s, want %s", id, got, want)
				}
			}
			s.settled(t)
		})
	}
}

// TestBundleLeaves: when the session goes to another bridge, what was not sent goes along, whole and in its order, with what took the long
// way. What was sent has failed.
func TestBundleLeaves(t *testing.T) {
	s := newStalled(t)
	s.ask(1, 2)
	s.begun()
	s.ask(3, 4)
	again := request(1, 5)
	again.Flags = core.FlagIdempotent
	s.Client.Send(again)
	s.ask(6, 6)
	s.slips(t, 5, 1)
	var m moved.Socket
	s.k.proxy.(*reqProxy).leave(&m)
	for i, r := range m.Requests {
		parts, err := core.Body(r.Body).Parts(nil)
		if want := uint64(i + 3); err != nil || r.Number != want || string(parts[0]) != fmt.Sprintf("%d of 1", want) || r.Idempotent != (want == 5) {
			t.Errorf("%d goes along as %q, %v", r.Number, parts, err)
		}
	}
	if got := s.outcomes(t, 2); len(m.Requests) != 4 || got[1] != core.Lost.String() || got[2] != core.Lost.String() {
		t.Errorf("%d requests go along, and those that were sent: %v", len(m.Requests), got)
	}
	s.settled(t)
}

// TestBundleWithdrawn: requests that are given up before they are sent are not sent, and nothing is held for those that were.
func TestBundleWithdrawn(t *testing.T) {
	s := newStalled(t)
	s.ask(1, 1)
	s.begun()
	s.ask(2, 5)
	for _, id := range []uint64{3, 1, 5, 5, 99} {
		s.Client.Send(core.Frame{Kind: core.KindCancel, Socket: 1, ID: id})
	}
	s.slips(t, 2, 0)
	go s.Peer.Drain()
	s.Client.Send(core.Frame{Kind: core.KindCancel, Socket: 1, ID: 2}, core.Frame{Kind: core.KindCancel, Socket: 1, ID: 4})
	s.settled(t)
}

// TestBundleIsSentAtLast: what a closed socket has not sent yet is sent while there is time, without what was canceled before.
func TestBundleIsSentAtLast(t *testing.T) {
	s := newStalled(t)
	s.ask(1, 1)
	s.begun()
	s.ask(2, 4)
	s.Client.Send(core.Frame{Kind: core.KindCancel, Socket: 1, ID: 3}, core.Frame{Kind: core.KindClose, Socket: 1, Millis: 900})
	s.slips(t, 2, 0)
	s.Peer.ReadFull(make([]byte, 1+8+2+2+len("1 of 1"))) // the rest of the first one
	for _, want := range []string{"2 of 1", "4 of 1"} {
		if m := s.Peer.Message(); len(m) != 3 || string(m[2]) != want {
			t.Errorf("%q is sent, want %q", m, want)
		}
	}
	s.settled(t)
}

// TestBundleNumberUsedTwice: a number is not to be used while its request is pending, be it in a bundle.
func TestBundleNumberUsedTwice(t *testing.T) {
	s := newStalled(t)
	s.ask(1, 3)
	s.Client.Send(request(1, 2))
	if code := s.AwaitClose(); code != core.CloseState {
		t.Errorf("closed with %d", code)
	}
}

// TestBundlesInOrder: what goes the long way stays behind what came before it, and before what came after it.
func TestBundlesInOrder(t *testing.T) {
	s := newStalled(t)
	again, large := request(1, 3), request(1, 5)
	again.Flags = core.FlagIdempotent
	large.Parts = append(large.Parts, make([]byte, 9000))
	s.Client.Send(request(1, 1), request(1, 2), again, request(1, 4), large, request(1, 6))
	for id := range uint64(6) {
		if m := s.Peer.Message(); len(m) < 3 || string(m[2]) != fmt.Sprintf("%d of 1", id+1) {
			t.Errorf("%q is sent, and should be number %d", m, id+1)
		}
	}
	s.slips(t, 4, 2)
}

// TestNoBundleWhere: requests about which there is more to say are not in bundles.
func TestNoBundleWhere(t *testing.T) {
	admits := func(_ context.Context, m core.Message) (core.Message, error) { return m, nil }
	for name, terms := range map[string]access.Terms{"somebody is asked": {Admit: admits}, "the endpoint has a limit": {Memory: 1 << 20}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, rules{terms: func(access.Access) access.Terms { return terms }})
			k := r.open(core.REQ, 0, echo(t))
			r.Await(core.KindOpened)
			r.Send(request(1, 1), request(1, 2))
			r.answers(t, 2)
			k.handle.Lock()
			defer k.handle.Unlock()
			if p := k.proxy.(*reqProxy); p.bundling.only != nil || p.slips != 0 {
				t.Error("they are in a bundle")
			}
		})
	}
}

// TestWithin: a request has no less time than it was given, and none is so long that it would be short.
func TestWithin(t *testing.T) {
	for timeout, want := range map[time.Duration]uint32{
		time.Nanosecond: 1, time.Millisecond: 1, time.Millisecond + 1: 2, 30 * time.Second: 30_000, 100 * 24 * time.Hour: math.MaxUint32,
	} {
		if got := within(timeout); got != want {
			t.Errorf("%v is %d ms, want %d", timeout, got, want)
		}
	}
}
