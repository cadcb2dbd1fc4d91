package core

import (
	"errors"
	"testing"
	"time"
)

// pulse is a connection with a heartbeat of 10 s, over a wire that takes one millisecond, in simulated time.
type pulse struct {
	ends
	t          *testing.T
	now        time.Duration
	talk       map[*Session]time.Duration // how often an end sends something of its own accord
	due        map[*Session]time.Duration
	dead       *Session // the end that does not read any more
	pings      int
	ended      error
	endedFirst *Session
}

const beat = 10 * time.Second

func newPulse(t *testing.T) *pulse {
	e := newEnds(t, SessionConfig{}, SessionConfig{Heartbeat: beat})
	return &pulse{ends: e, t: t, talk: map[*Session]time.Duration{}, due: map[*Session]time.Duration{}}
}

// run lets time pass until one end gives up or until the duration is over.
func (p *pulse) run(d time.Duration) {
	for end := p.now + d; p.now < end && p.ended == nil; {
		wake := min(end, p.client.Next(), p.bridge.Next())
		for s, every := range p.talk {
			if p.due[s] == 0 {
				p.due[s] = p.now + every
			}
			wake = min(wake, p.due[s])
		}
		p.now = max(p.now, wake)
		for s, every := range p.talk {
			if p.now >= p.due[s] {
				p.due[s] += every
				s.append(&Frame{Kind: KindMessage, Socket: 1, Parts: Message{nil}})
			}
		}
		p.tick(p.client)
		p.tick(p.bridge)
		p.deliver()
	}
}

func (p *pulse) tick(s *Session) {
	pings := s.pings
	if err := s.Tick(p.now); err != nil && p.ended == nil {
		p.ended, p.endedFirst = err, s
	}
	p.pings += int(s.pings - pings)
}

// deliver carries batches until there are none left. Each way takes one millisecond.
func (p *pulse) deliver() {
	for {
		up, down := p.client.Take(nil, p.now), p.bridge.Take(nil, p.now)
		if len(up)+len(down) == 0 {
			return
		}
		p.now += time.Millisecond
		p.feed(p.bridge, up)
		p.feed(p.client, down)
	}
}

func (p *pulse) feed(to *Session, batch []byte) {
	if len(batch) == 0 || to == p.dead {
		return
	}
	if err := to.Feed(batch, p.now, ignoreFrame); err != nil {
		p.t.Fatal(err)
	}
}

func TestHeartbeat(t *testing.T) {
	tests := []struct {
		name           string
		client, bridge time.Duration // how often each end sends something of its own accord; 0: never
		atLeast        int           // number of Pings in ten minutes, which are sixty heartbeats
		atMost         int
	}{
		{"idle", 0, 0, 55, 60},
		{"both busy", time.Second, time.Second, 0, 0},
		{"only the client is busy", time.Second, 0, 55, 60},
		{"only the bridge is busy", 0, time.Second, 55, 60},
		{"just below a beat", beat - time.Second, beat - time.Second, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPulse(t)
			if tt.client > 0 {
				p.talk[p.client] = tt.client
			}
			if tt.bridge > 0 {
				p.talk[p.bridge] = tt.bridge
			}
			p.run(10 * time.Minute)
			if p.ended != nil {
				t.Fatalf("ended after %v: %v", p.now, p.ended)
			}
			if p.pings < tt.atLeast || p.pings > tt.atMost {
				t.Errorf("%d pings, want %d to %d", p.pings, tt.atLeast, tt.atMost)
			}
			if p.client.pings != 0 {
				t.Error("the client pinged; the timers of a hidden tab cannot be relied on")
			}
		})
	}
}

// A dead peer is noticed within two heartbeats after the last bytes from it, whatever the other end keeps sending.
func TestDeadPeer(t *testing.T) {
	for _, talking := range []bool{false, true} {
		for _, name := range []string{"client", "bridge"} {
			p := newPulse(t)
			p.run(time.Minute)
			dead, alive := p.client, p.bridge
			if name == "bridge" {
				dead, alive = p.bridge, p.client
			}
			p.dead = dead
			if talking {
				p.talk[alive] = time.Second
			}
			lastHeard := alive.heard
			dead.journal = journal{}
			p.mute(dead)
			checkClose(t, p.ended, CloseTimeout)
			if p.endedFirst != alive {
				t.Errorf("the dead %s noticed first", name)
			}
			if waited := p.now - lastHeard; waited < 2*beat || waited > 2*beat+10*time.Millisecond {
				t.Errorf("a dead %s was found after %v, want %v (talking: %v)", name, waited, 2*beat, talking)
			}
		}
	}
}

// mute lets time pass until the living end gives up. The dead one neither reads nor sends anything.
func (p *pulse) mute(dead *Session) {
	alive := p.client
	if dead == alive {
		alive = p.bridge
	}
	for deadline := p.now + time.Hour; p.ended == nil && p.now < deadline; {
		wake := alive.Next()
		if every, talks := p.talk[alive]; talks {
			wake = min(wake, p.now+every)
			alive.append(&Frame{Kind: KindMessage, Socket: 1, Parts: Message{nil}})
		}
		p.now = max(p.now, wake)
		p.tick(alive)
		alive.Take(nil, p.now)
	}
}

func TestNoHelloInTime(t *testing.T) {
	s := NewSession(SessionConfig{Bridge: true, Heartbeat: beat}, time.Hour)
	if got, want := s.Next(), time.Hour+2*beat; got != want {
		t.Errorf("Next is %v, want %v", got, want)
	}
	checkClose(t, s.Tick(time.Hour+2*beat-1), 0)
	checkClose(t, s.Tick(time.Hour+2*beat), CloseTimeout)
	if s.Queued() != 0 {
		t.Error("a bridge that was not greeted pinged")
	}
}

// A laptop that has slept notices at once that its connection is dead.
func TestClockJump(t *testing.T) {
	p := newPulse(t)
	checkClose(t, p.client.Tick(8*time.Hour), CloseTimeout)
}

// TestPingsNobodyReads: the answers to a flood of Pings are bounded while it comes, not only behind it.
func TestPingsNobodyReads(t *testing.T) {
	bridge := newEnds(t, SessionConfig{}, SessionConfig{}).bridge
	var flood []byte
	for len(flood) < 8<<20 {
		flood = AppendFrame(flood, &Frame{Kind: KindPing, ID: 1})
	}
	err := bridge.Feed(flood, 0, nil)
	var closed *CloseError
	if !errors.As(err, &closed) || closed.Close != CloseOverloaded {
		t.Errorf("ended with %v", err)
	}
	if held := bridge.Held(); held > 2*maxControl {
		t.Errorf("%d bytes are held", held)
	}
}
