package cluster

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// LastValues are the last messages of publishers that other bridges have heard, for a bridge that has just begun to listen. It asks all of them at once, and waits for
// their answers for a short time. Nothing of it is kept.
type LastValues struct {
	conn     *Connection
	presence *Presence
	has      func(endpoint string, prefix string, most int) []core.Body
}

const (
	lastTime      = 500 * time.Millisecond // in which others answer
	mostLast      = 512 << 10              // bytes of one answer
	mostLastCount = 10_000                 // messages in one
	waitingLast   = 64                     // questions that wait to be answered; others get no answer
)

// NewLastValues is for a bridge that is in the cluster, and has the last values of endpoints. Run has to be called.
func NewLastValues(c *Connection, p *Presence, has func(endpoint, prefix string, most int) []core.Body) *LastValues {
	return &LastValues{conn: c, presence: p, has: has}
}

// Run answers others until ctx ends. It is called once.
func (l *LastValues) Run(ctx context.Context) {
	questions := make(chan *nats.Msg, waitingLast)
	heard, err := l.conn.nats.ChanSubscribe(l.conn.subject("last"), questions)
	if err != nil {
		return // the connection is closed
	}
	defer heard.Unsubscribe()
	for {
		select {
		case m := <-questions:
			l.answer(m)
		case <-ctx.Done():
			return
		}
	}
}

func (l *LastValues) answer(m *nats.Msg) {
	q, err := readLastQuestion(m.Data)
	if err != nil || m.Reply == "" || q.bridge == l.conn.identity.ID {
		return
	}
	_ = m.Respond(lastAnswer{l.conn.identity.ID, l.has(q.endpoint, q.prefix, mostLast/2)}.append(nil)) // who does not get it goes on without
}

// Ask asks all other bridges for the last messages of an endpoint, of the topics with a prefix. Of several messages about the same topic it has that which came first. Without
// NATS there are none.
func (l *LastValues) Ask(ctx context.Context, endpoint, prefix string) (values []core.Body) {
	expected := map[string]bool{}
	for _, m := range l.presence.Members() {
		if m.ID != l.conn.identity.ID {
			expected[m.ID] = true
		}
	}
	if len(expected) == 0 || !l.conn.Up() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lastTime)
	defer cancel()
	answers, inbox := make(chan *nats.Msg, mostMembers), l.conn.nats.NewInbox()
	heard, err := l.conn.nats.ChanSubscribe(inbox, answers)
	if err != nil {
		return nil
	}
	defer heard.Unsubscribe()
	if l.conn.nats.PublishRequest(l.conn.subject("last"), inbox, lastQuestion{l.conn.identity.ID, endpoint, prefix}.append(nil)) != nil {
		return nil
	}
	has, size := map[string]bool{}, 0
	for len(expected) > 0 {
		select {
		case m := <-answers:
			a, err := readLastAnswer(m.Data, prefix)
			if err != nil || !expected[a.bridge] {
				continue
			}
			delete(expected, a.bridge)
			for _, body := range a.values {
				if topic := string(body.Topic()); !has[topic] && size+len(body) <= 4*mostLast {
					has[topic], size = true, size+len(body)
					values = append(values, body)
				}
			}
		case <-ctx.Done():
			return values
		}
	}
	return values
}
