package pubsub

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// chunk is a number of subscriptions and their ends, written in one go and confirmed as one.
type chunk struct {
	round     uint64
	changes   []topic.Change
	confirmed chan struct{} // holds a token once the publisher has read all of it
}

// Write implements zmtp.Outgoing. It asks a peer that can for a confirmation; of others a finished write has to do.
func (c *chunk) Write(conn *zmtp.Conn) error {
	for _, change := range c.changes {
		if err := conn.Send(nil, core.Message{change.Frame()}); err != nil {
			return err
		}
	}
	if conn.AnswersPing() {
		return conn.Ping(c.round)
	}
	conn.AfterFlush(c.confirm)
	return nil
}

func (c *chunk) confirm() {
	select {
	case c.confirmed <- struct{}{}:
	default:
	}
}
