package gateway

import (
	"io"
	"runtime"
	"sync/atomic"
	"testing"

	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// faults is what may happen to a peer or to the way there.
var faults = []struct {
	name string
	run  func(t *testing.T)
}{
	{"the peer restarts", restartPeer},
	{"the peer is stopped", stopPeer},
	{"half-open", leaveHalfOpen},
	{"FIN in a frame", cutInFrame},
	{"refused", refuse},
	{"silent", beSilent},
	{"flapping", flap},
}

// TestFaults: whatever happens, to every kind of gateway, nothing hangs, what was left open ends with an error, messages
// and subscriptions go through again afterwards, and nothing is left over.
func TestFaults(t *testing.T) {
	ListenLocal(t).Close() // the poller has files of its own from then on
	files, goroutines := OpenFiles(t), runtime.NumGoroutine()
	t.Run("all", func(t *testing.T) {
		for _, f := range faults {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				f.run(t)
			})
		}
	})
	Eventually(t, "files are closed", func() bool { return OpenFiles(t) <= files })
	Eventually(t, "goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
}

// reach is the beginning and the happy end of everything.
func (s *scene) reach() {
	s.t.Helper()
	s.all("reach", func(t *testing.T, d *dialogue) {
		d.reach(t)
		d.exchange(t, payloads[0])
	})
}

// recover wants everything to be well again, with what was queued meanwhile, and no request without an end.
func (s *scene) recover() {
	s.t.Helper()
	s.all("recover", func(t *testing.T, d *dialogue) {
		if d.queued {
			Eventually(t, "what was queued arrives", func() bool { return d.arrived(t, anybody) })
		}
		d.reach(t)
		d.exchange(t, payloads[0])
		Eventually(t, "every request has ended", func() bool { return d.end.asked.Load() == d.end.ended.Load() })
	})
}

func restartPeer(t *testing.T) {
	s := enact(t, false)
	s.reach()
	s.expect()
	s.peer.Kill()
	s.all("lose", func(t *testing.T, d *dialogue) {
		d.lose(t, "closed the connection", "refused")
		Eventually(t, "nobody is connected", func() bool { return !d.end.connected() })
		d.speakUnheard(t)
	})
	old := s.peer
	s.peer = StartLibzmq(t, recipes(payloads[0]))
	for _, d := range s.dialogues {
		d.peer = s.peer
		if d.bind {
			d.open(t, d.end.endpoint.Port, false)
		} else {
			d.open(t, old.Ports[d.name], false)
		}
	}
	s.recover()
}

func stopPeer(t *testing.T) {
	s := enact(t, false)
	s.reach()
	s.expect()
	s.peer.Pause()
	s.all("lose", func(t *testing.T, d *dialogue) {
		d.lose(t, "silent", "no answer in time") // in the handshake of the next connection
		Eventually(t, "nobody is connected", func() bool { return !d.end.connected() })
		d.speakUnheard(t)
	})
	s.peer.GoOn()
	s.recover()
}

func leaveHalfOpen(t *testing.T) { interrupt(t, (*Relay).Freeze, "silent") }

func cutInFrame(t *testing.T) {
	interrupt(t, func(r *Relay) []*Cable { return r.Cut(append(Announce(FlagMore, 1000), "only this"...)) }, "closed the connection")
}

// interrupt does something to all cables, which the gateways then have to give up for a reason.
func interrupt(t *testing.T, do func(*Relay) []*Cable, reason string) {
	s := enact(t, true)
	s.reach()
	s.expect()
	dead := make(map[*dialogue][]*Cable)
	for _, d := range s.dialogues {
		dead[d] = do(d.relay)
	}
	s.all("lose", func(t *testing.T, d *dialogue) {
		for _, c := range dead[d] {
			Await(t, "the gateway gives it up", c.Left)
		}
		d.lose(t, reason, "")
	})
	s.recover()
}

func refuse(t *testing.T) {
	s := enact(t, true)
	s.reach()
	s.expect()
	for _, d := range s.dialogues {
		d.relay.Refuse()
		d.relay.Drop()
	}
	s.all("lose", func(t *testing.T, d *dialogue) {
		d.lose(t, "closed the connection", "refused")
		Eventually(t, "nobody is connected", func() bool { return !d.end.connected() })
		d.speakUnheard(t)
	})
	for _, d := range s.dialogues {
		d.relay.Listen()
	}
	s.recover()
}

// beSilent: something accepts connections, and says nothing; or connects, and says nothing.
func beSilent(t *testing.T) {
	s := enact(t, true)
	s.reach()
	s.expect()
	strays := make(map[*dialogue]Peer)
	for _, d := range s.dialogues {
		if d.bind {
			strays[d] = DialPeer(t, d.end.endpoint)
			continue
		}
		d.relay.Divert(func(p Peer) { io.Copy(io.Discard, p) })
		d.relay.Drop()
	}
	s.all("meanwhile", func(t *testing.T, d *dialogue) {
		if d.bind {
			d.answerPending(t)
			d.reach(t)
			strays[d].HungUp()
			return
		}
		d.lose(t, "closed the connection", "no answer in time")
		d.speakUnheard(t)
		d.relay.Divert(nil)
	})
	s.recover()
}

// flap: something accepts connections, greets, now and then completes the handshake, and closes them; or connects likewise.
func flap(t *testing.T) {
	s := enact(t, true)
	s.reach()
	s.expect()
	const times = 10
	flaps := make(map[*dialogue]*atomic.Int64)
	for _, d := range s.dialogues {
		n := new(atomic.Int64)
		flaps[d] = n
		if d.bind {
			continue
		}
		d.relay.Divert(func(p Peer) { p.Flap(d.theirs.String(), n.Add(1)%2 == 0) })
		d.relay.Drop()
	}
	s.all("meanwhile", func(t *testing.T, d *dialogue) {
		if d.bind {
			d.answerPending(t)
			for i := range times {
				DialPeer(t, d.end.endpoint).Flap(d.theirs.String(), i%2 == 0)
			}
			d.reach(t)
			return
		}
		d.lose(t, "closed the connection", "closed the connection")
		Eventually(t, "it flaps", func() bool { return flaps[d].Load() > times })
		d.relay.Divert(nil)
	})
	s.recover()
}
