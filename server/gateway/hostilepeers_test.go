package gateway

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// quietLog fails a test in which the bridge has logged anything: that would be a panic.
func quietLog(t *testing.T) *slog.Logger {
	var log bytes.Buffer
	t.Cleanup(func() { // after the factory is closed
		if log.Len() > 0 {
			t.Errorf("logged: %s", &log)
		}
	})
	return slog.New(slog.NewTextHandler(&log, nil))
}

// callee is where a gateway dials and a test answers.
type callee struct {
	dial     func(context.Context, string, string) (net.Conn, error)
	endpoint core.Endpoint
	accept   func() Peer
}

// face runs a test with a hostile peer over TCP. That of a peer that is silent runs in fake time, so that nobody has to wait.
func face(t *testing.T, h Hostile, test func(*testing.T, callee)) {
	if h.IsSilent() {
		synctest.Test(t, func(t *testing.T) {
			backend := make(Pipes)
			test(t, callee{dial: backend.Dial, endpoint: Somewhere, accept: func() Peer { return backend.Accept(t) }})
		})
		return
	}
	t.Parallel()
	l := ListenLocal(t)
	test(t, callee{endpoint: EndpointOf(l.Addr()), accept: func() Peer { return AcceptPeer(t, l) }})
}

// connectTo opens our end of a pair to a callee.
func connectTo(t *testing.T, n callee, p pair) *end {
	t.Helper()
	c := hostileConfig()
	c.Dial, c.Log = n.dial, quietLog(t)
	return newEnd(t, p, c, n.endpoint)
}

// TestHostileBackend: whatever answers a dial of any type costs that one connection; the next one works.
func TestHostileBackend(t *testing.T) {
	for _, p := range endpoints() {
		if p.bind {
			continue
		}
		for _, h := range HostilePeers {
			t.Run(p.String()+"/"+h.Name, func(t *testing.T) {
				face(t, h, func(t *testing.T, n callee) {
					e := connectTo(t, n, p)
					h.Attack(n.accept(), p.theirs)
					if reason := e.watched.Wait(t, "down"); !h.IsReason(reason) {
						t.Errorf("got %q, want %q in it", reason, h.Want)
					}
					good := n.accept()
					e.meet(t, good)
					if p.lockstep() {
						e.askBehind(t, n)
					} else {
						e.talk(t, good, "hello")
					}
				})
			})
		}
	}
}

// TestHostileRouter: whatever answers the dial for one request at a ROUTER costs that one request.
func TestHostileRouter(t *testing.T) {
	for _, h := range HostilePeers {
		t.Run(h.Name, func(t *testing.T) {
			face(t, h, func(t *testing.T, n callee) {
				e := connectTo(t, n, pair{ours: core.REQ, theirs: core.ROUTER})
				e.meet(t, n.accept())
				e.send(Text("hello"))
				h.Attack(n.accept(), core.ROUTER)
				err := e.failure(t)
				if code := core.CodeOf(err); code != core.Lost && code != core.Unavailable && code != core.Invalid || !h.IsReason(err.Error()) {
					t.Errorf("got %v, %v, want %q in it", code, err, h.Want)
				}
				e.askBehind(t, n)
			})
		})
	}
}

// siege is a listening end with a peer that means well and many that do not.
type siege struct {
	*end
	victim    Peer
	attackers []Peer
}

// TestHostileClient: whoever connects to a listening gateway of any type can end its own connection, and nobody else's.
func TestHostileClient(t *testing.T) {
	var sieges []*siege
	for _, p := range endpoints() {
		if !p.bind {
			continue
		}
		c := hostileConfig()
		c.Log = quietLog(t)
		s := &siege{end: newEnd(t, p, c, AnyPort)}
		sieges = append(sieges, s)
		s.victim = DialPeer(t, s.endpoint)
		s.meet(t, s.victim)
		s.talk(t, s.victim, "hello")
		for _, h := range HostilePeers {
			bad := DialPeer(t, s.endpoint)
			bad.SendHostile(h, p.theirs)
			s.attackers = append(s.attackers, bad)
		}
	}
	for _, s := range sieges {
		t.Run(s.String(), func(t *testing.T) {
			for _, bad := range s.attackers {
				bad.HungUp()
			}
			Eventually(t, "only the victim is left", func() bool { return s.factory.Stats().PeersUp == 1 })
			s.talk(t, s.victim, "still there")
			if s.factory.Stats().ProtocolErrors == 0 {
				t.Error("protocol errors are not counted")
			}
		})
	}
}

// TestHostilePair: a PAIR has one peer at a time, so that only one that comes alone is listened to.
func TestHostilePair(t *testing.T) {
	t.Parallel()
	c := hostileConfig()
	c.Log = quietLog(t)
	e := newEnd(t, pair{ours: core.PAIR, theirs: core.PAIR, bind: true}, c, AnyPort)
	for _, h := range HostilePeers {
		if h.IsSilent() {
			continue // before its handshake it is nobody's peer
		}
		t.Run(h.Name, func(t *testing.T) {
			h.Attack(DialPeer(t, e.endpoint), core.PAIR)
			Eventually(t, "nobody is left", func() bool { return !e.connected() })
		})
	}
	if n := e.factory.Stats().Dropped[drop.TooMany]; n > 0 {
		t.Errorf("%d were refused for being too many", n)
	}
	good := DialPeer(t, e.endpoint)
	e.meet(t, good)
	e.talk(t, good, "hello")
}

// TestHostileMemory: what a peer makes any type allocate is in proportion to what it has sent.
func TestHostileMemory(t *testing.T) {
	for _, p := range endpoints() {
		limits := hostileConfig().Limits.WithDefaults().For(p.ours)
		for _, h := range HostilePeers {
			in := h.Sends(p.theirs.String())
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			hearOut(in, zmtp.Self{Type: p.ours, Limits: limits})
			runtime.ReadMemStats(&after)
			// A large frame is staged in chunks before zmq4 copies it, and a part costs a slice and a growing list of them.
			bound := uint64(3*len(in) + 100*bytes.Count(in, []byte{FlagMore, 0}) + 2*BigFrame)
			if got := after.TotalAlloc - before.TotalAlloc; got > bound {
				t.Errorf("%v, %s: %d bytes were allocated for %d sent", p, h.Name, got, len(in))
			}
		}
	}
}

// hearOut reads what a peer says until the connection ends.
func hearOut(in []byte, us zmtp.Self) {
	c := zmtp.Config{Heartbeat: -1}.WithDefaults()
	conn, err := zmtp.Open(context.Background(), &Script{In: bytes.NewReader(in)}, us, &c, new(zmtp.Traffic))
	if err != nil {
		return
	}
	var all []core.Message
	conn.Out = zmtp.Wakeups()
	conn.OnMessage = func(m core.Message) error {
		all = append(all, m)
		return nil
	}
	conn.Run(context.Background())
}

// greetsAs is the type a gateway of ours says it is: a REP that keeps several requests in mind is a ROUTER, and a REQ that
// makes several is a DEALER.
func greetsAs(ours core.SocketType) core.SocketType {
	switch ours {
	case core.REP:
		return core.ROUTER
	case core.REQ:
		return core.DEALER
	}
	return ours
}

// TestIncompatiblePeers: a type that listens is there for its partners and for nobody else.
func TestIncompatiblePeers(t *testing.T) {
	t.Parallel()
	for _, p := range endpoints() {
		if !p.bind {
			continue
		}
		e := newEnd(t, p, quick(), AnyPort)
		for theirs := core.PAIR; theirs.Valid(); theirs++ {
			t.Run(p.ours.String()+" and "+theirs.String(), func(t *testing.T) {
				fake := DialPeer(t, e.endpoint)
				fake.Meet(1, theirs.String())
				if slices.Contains(partners[greetsAs(p.ours)], theirs) {
					Eventually(t, "connected", e.connected)
					fake.Close()
					Eventually(t, "gone", func() bool { return !e.connected() })
				} else {
					fake.HungUp()
				}
			})
		}
	}
}
