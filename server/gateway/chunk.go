package gateway

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// The first byte of a message by which a subscriber changes a subscription. https://rfc.zeromq.org/spec/23/, ZMTP 3.0;
// newer peers take it as well, so it is all we send.
const (
	cancelByte    = 0
	subscribeByte = 1
)

// chunk is a number of subscriptions and their ends, written in one go and confirmed as one.
type chunk struct {
	round     uint64
	changes   []change
	confirmed chan struct{} // holds a token once the publisher has read all of it
}

// change is what is wanted of one prefix.
type change struct {
	prefix string
	wanted bool
}

// Write is part of outgoing. It asks a peer that can for a confirmation; of others a finished write has to do.
func (c *chunk) Write(p *zmtp.Conn) error {
	for _, change := range c.changes {
		if err := p.Send(nil, core.Message{change.frame()}); err != nil {
			return err
		}
	}
	if p.AnswersPing() {
		return p.Ping(c.round)
	}
	p.AfterFlush(c.confirm)
	return nil
}

func (c *chunk) confirm() {
	select {
	case c.confirmed <- struct{}{}:
	default:
	}
}

// parseChange reads a message by which a subscriber changes a subscription; it is not ok when it is another one.
func parseChange(m core.Message) (c change, ok bool) {
	if len(m) != 1 || len(m[0]) == 0 || m[0][0] > subscribeByte {
		return change{}, false
	}
	return change{prefix: string(m[0][1:]), wanted: m[0][0] == subscribeByte}, true
}

func (c change) frame() []byte {
	frame := make([]byte, 1, 1+len(c.prefix))
	frame[0] = cancelByte
	if c.wanted {
		frame[0] = subscribeByte
	}
	return append(frame, c.prefix...)
}
