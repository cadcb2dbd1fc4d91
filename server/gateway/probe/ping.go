package probe

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// probePings is how many round trips are measured.
const probePings = 5

// measure times PINGs and hangs up. A peer that answers none, or knows none, is not worse for it.
func (p *probe) measure(ctx context.Context, peer *zmtp.Conn) error {
	ctx, end := context.WithCancel(ctx)
	m := newMeter(peer)
	go m.run(ctx) // ended by ctx and joined below
	var trips []time.Duration
	if peer.AnswersPing() {
		trips = m.timePings(ctx)
	}
	hungUp := m.ended() && ctx.Err() == nil
	end()
	<-m.gone
	if hungUp && len(trips) < probePings {
		return p.found(Broken, core.Protocol, "the connection ends after the handshake: "+zmtp.Describe(m.cause))
	}
	if len(trips) > 0 {
		slices.Sort(trips)
		p.report.RoundTrip, p.report.Pings = trips[len(trips)/2], len(trips)
	}
	return nil
}

// meter is an established connection on which nothing but PINGs is sent.
type meter struct {
	peer  *zmtp.Conn
	pongs chan uint64   // what the answered PINGs carried
	gone  chan struct{} // closed when the connection has ended
	cause error         // of that
}

func newMeter(p *zmtp.Conn) *meter {
	m := &meter{peer: p, pongs: make(chan uint64, probePings), gone: make(chan struct{})}
	p.Out = zmtp.Wakeups()
	p.OnMessage = func(core.Message) error { return nil } // a publisher's welcome, a subscriber's subscriptions
	p.OnPong = func(context []byte) {
		if len(context) != 8 {
			return
		}
		select {
		case m.pongs <- binary.BigEndian.Uint64(context):
		default: // it answers what it was not asked
		}
	}
	return m
}

func (m *meter) run(ctx context.Context) {
	defer close(m.gone)
	m.cause = m.peer.Run(ctx)
}

func (m *meter) ended() bool {
	select {
	case <-m.gone:
		return true
	default:
		return false
	}
}

// timePings returns how long the answers took, as far as they came.
func (m *meter) timePings(ctx context.Context) (trips []time.Duration) {
	for n := range uint64(probePings) {
		begun := time.Now()
		if m.peer.Out.Push(pingNumber(n+1), 0) != nil || !m.awaitPong(ctx, n+1) {
			break
		}
		trips = append(trips, time.Since(begun))
	}
	return trips
}

func (m *meter) awaitPong(ctx context.Context, n uint64) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-m.gone:
			return false
		case got := <-m.pongs:
			if got == n {
				return true
			}
		}
	}
}

// pingNumber is a PING on its way.
type pingNumber uint64

// Write implements zmtp.Outgoing.
func (n pingNumber) Write(p *zmtp.Conn) error { return p.Ping(uint64(n)) }
