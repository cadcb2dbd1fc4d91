package handover

import (
	"context"
	"encoding/hex"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// How long a bridge waits for another one that has a session: to say so, and to have left it.
const (
	findTime  = 300 * time.Millisecond
	leaveTime = 4 * time.Second
)

// mostLeaving is how many sessions are left side by side because others have asked for them.
const mostLeaving = 32

// What a bridge answers that has the session: first that it does, then what has become of it.
const (
	saysHere = "here"
	saysLeft = "left"
	saysStay = "stays"
)

func (s *Store) subject() string { return "zwb." + s.conn.Name() + ".wanted" }

// Yield leaves the session for other bridges whose token has this hash, if it is here; found is called once that is known. It tells whether it has left.
type Yield func(ctx context.Context, token [32]byte, found func()) (left bool)

// Run answers other bridges until ctx ends.
func (s *Store) Run(ctx context.Context, yield Yield) {
	var prepared sync.WaitGroup
	defer prepared.Wait()
	prepared.Go(func() { s.prepare(ctx) })
	leaving := make(chan struct{}, mostLeaving)
	answer := func(m *nats.Msg) {
		token, err := hex.DecodeString(string(m.Data))
		if err != nil || len(token) != 32 || m.Reply == "" {
			return
		}
		select {
		case leaving <- struct{}{}: // who has asked does not wait for long, but is told that something was left, however late
		case <-ctx.Done():
			return
		}
		go func() { // for as long as leaveTime
			defer func() { <-leaving }()
			within, cancel := context.WithTimeout(ctx, leaveTime)
			defer cancel()
			here := false
			left := yield(within, [32]byte(token), func() {
				here = true
				_ = m.Respond([]byte(saysHere)) // who has asked waits no longer than it does
			})
			switch {
			case left:
				_ = m.Respond([]byte(saysLeft))
				_ = s.conn.NATS().Publish(s.leftAt(), m.Data)
			case here:
				_ = m.Respond([]byte(saysStay))
			}
		}()
	}
	for subject, told := range map[string]nats.MsgHandler{s.subject(): answer, s.leftAt(): s.isLeft} {
		if sub, err := s.conn.NATS().Subscribe(subject, told); err == nil { // which lasts while NATS is away
			defer sub.Unsubscribe() // the connection is about to end
		}
	}
	<-ctx.Done()
	for range mostLeaving {
		leaving <- struct{}{} // waits for those under way
	}
}

// prepare makes the buckets before they are needed: that takes a cluster some seconds when it has much to do, as when a bridge was lost.
func (s *Store) prepare(ctx context.Context) {
	for {
		within, cancel := context.WithTimeout(ctx, cluster.Deadline)
		_, _, err := s.open(within)
		cancel()
		if err == nil {
			return
		}
		select {
		case <-time.After(cluster.Deadline):
		case <-ctx.Done():
			return
		}
	}
}

// fetch asks the other bridges for a session, and tells whether one of them has left it.
func (s *Store) fetch(ctx context.Context, place string) bool {
	conn := s.conn.NATS()
	inbox := conn.NewRespInbox()
	answers, err := conn.SubscribeSync(inbox)
	if err != nil {
		return false
	}
	defer answers.Unsubscribe() // nobody else knows the inbox
	if conn.PublishRequest(s.subject(), inbox, []byte(place)) != nil {
		return false
	}
	for wait := findTime; ; wait = leaveTime {
		within, cancel := context.WithTimeout(ctx, wait)
		m, err := answers.NextMsgWithContext(within)
		cancel()
		if err != nil || string(m.Data) == saysStay {
			return false
		}
		if string(m.Data) == saysLeft {
			return true
		}
	}
}
