package gateway

import (
	"io"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
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
	listenLocal(t).Close() // the poller has files of its own from then on
	files, goroutines := countFiles(t), runtime.NumGoroutine()
	t.Run("all", func(t *testing.T) {
		for _, f := range faults {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				f.run(t)
			})
		}
	})
	eventually(t, "files are closed", func() bool { return countFiles(t) <= files })
	eventually(t, "goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
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
			eventually(t, "what was queued arrives", func() bool { return d.arrived(t, anybody) })
		}
		d.reach(t)
		d.exchange(t, payloads[0])
		eventually(t, "every request has ended", func() bool { return d.end.asked.Load() == d.end.ended.Load() })
	})
}

func restartPeer(t *testing.T) {
	s := enact(t, false)
	s.reach()
	s.expect()
	s.peer.kill()
	s.all("lose", func(t *testing.T, d *dialogue) {
		d.lose(t, "closed the connection", "refused")
		eventually(t, "nobody is connected", func() bool { return !d.end.connected() })
		d.speakUnheard(t)
	})
	old := s.peer
	s.peer = startLibzmq(t, recipes(payloads[0]))
	for _, d := range s.dialogues {
		d.peer = s.peer
		if d.bind {
			d.open(t, d.end.endpoint.Port, false)
		} else {
			d.open(t, old.ports[d.name], false)
		}
	}
	s.recover()
}

func stopPeer(t *testing.T) {
	s := enact(t, false)
	s.reach()
	s.expect()
	s.peer.cmd.Process.Signal(syscall.SIGSTOP)
	s.all("lose", func(t *testing.T, d *dialogue) {
		d.lose(t, "silent", "no answer in time") // in the handshake of the next connection
		eventually(t, "nobody is connected", func() bool { return !d.end.connected() })
		d.speakUnheard(t)
	})
	s.peer.cmd.Process.Signal(syscall.SIGCONT)
	s.recover()
}

func leaveHalfOpen(t *testing.T) {
	s := enact(t, true)
	s.reach()
	s.expect()
	dead := make(map[*dialogue][]*cable)
	for _, d := range s.dialogues {
		dead[d] = d.relay.freeze()
	}
	s.all("lose", func(t *testing.T, d *dialogue) {
		for _, c := range dead[d] {
			await(t, "the gateway gives it up", c.left)
		}
		d.lose(t, "silent", "")
	})
	s.recover()
}

func cutInFrame(t *testing.T) {
	s := enact(t, true)
	s.reach()
	s.expect()
	dead := make(map[*dialogue][]*cable)
	for _, d := range s.dialogues {
		dead[d] = d.relay.cut(append(announce(flagMore, 1000), "only this"...))
	}
	s.all("lose", func(t *testing.T, d *dialogue) {
		for _, c := range dead[d] {
			await(t, "the gateway gives it up", c.left)
		}
		d.lose(t, "closed the connection", "")
	})
	s.recover()
}

func refuse(t *testing.T) {
	s := enact(t, true)
	s.reach()
	s.expect()
	for _, d := range s.dialogues {
		d.relay.refuse()
		d.relay.drop()
	}
	s.all("lose", func(t *testing.T, d *dialogue) {
		d.lose(t, "closed the connection", "refused")
		eventually(t, "nobody is connected", func() bool { return !d.end.connected() })
		d.speakUnheard(t)
	})
	for _, d := range s.dialogues {
		d.relay.listen()
	}
	s.recover()
}

// beSilent: something accepts connections, and says nothing; or connects, and says nothing.
func beSilent(t *testing.T) {
	s := enact(t, true)
	s.reach()
	s.expect()
	strays := make(map[*dialogue]fakePeer)
	for _, d := range s.dialogues {
		if d.bind {
			strays[d] = dialFake(t, d.end.endpoint)
			continue
		}
		d.relay.divert(func(p fakePeer) { io.Copy(io.Discard, p) })
		d.relay.drop()
	}
	s.all("meanwhile", func(t *testing.T, d *dialogue) {
		if d.bind {
			d.answerPending(t)
			d.reach(t)
			strays[d].hungUp()
			return
		}
		d.lose(t, "closed the connection", "no answer in time")
		d.speakUnheard(t)
		d.relay.divert(nil)
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
		d.relay.divert(func(p fakePeer) { p.flap(d.theirs.String(), n.Add(1)%2 == 0) })
		d.relay.drop()
	}
	s.all("meanwhile", func(t *testing.T, d *dialogue) {
		if d.bind {
			d.answerPending(t)
			for i := range times {
				dialFake(t, d.end.endpoint).flap(d.theirs.String(), i%2 == 0)
			}
			d.reach(t)
			return
		}
		d.lose(t, "closed the connection", "closed the connection")
		eventually(t, "it flaps", func() bool { return flaps[d].Load() > times })
		d.relay.divert(nil)
	})
	s.recover()
}

// flap greets and hangs up, and waits for the gateway to do so.
func (f fakePeer) flap(socketType string, complete bool) {
	if f.say(greeting(1)); complete {
		f.say(ready(socketType))
	}
	f.fin()
	io.Copy(io.Discard, f)
	f.Close()
}
