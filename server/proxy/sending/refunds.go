package sending

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// refunds is the credit of messages that were refused. It is given back a second later, so that a client that goes on
// sending what is refused slows down, rather than be answered as fast as it can send. The session's lock guards it.
type refunds struct {
	messages, bytes int
	timer           *time.Timer // gives them back; nil: there are none
}

const refundAfter = time.Second

// RefuseLocked tells the client that a message was refused.
func (b *Backlog) RefuseLocked(m core.Message, e *core.Error) {
	r := &b.refused
	r.messages++
	r.bytes += m.Size()
	if r.timer == nil {
		r.timer = time.AfterFunc(refundAfter, b.refund)
	}
	b.handle.FailLocked(b.receipts.take(m), e)
}

func (b *Backlog) refund() {
	h := b.handle
	h.Lock()
	defer h.Unlock()
	r := &b.refused
	if b.stopped || r.timer == nil {
		return
	}
	b.grant(r.messages, r.bytes)
	*r = refunds{}
}

func (r *refunds) stop() {
	if r.timer != nil {
		r.timer.Stop()
	}
}
