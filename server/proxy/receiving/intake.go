package receiving

import (
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Intake takes the messages of one port for its socket. Types that lose nothing in ZeroMQ hold the port back while the
// client has granted no credit, so that its peer sees the back-pressure. It implements gateway.Receiver.
type Intake struct {
	*session.Handle
	tally *meter.Tally

	mu   sync.Mutex
	port *gateway.Port // nil before Attach and after Detach

	held bool // the port was told that there is no room; guarded by the session's lock
}

// NewIntake makes one that no port has yet. The session's lock guards where it counts.
func NewIntake(h *session.Handle, tally *meter.Tally) *Intake {
	return &Intake{Handle: h, tally: tally}
}

// Receive implements gateway.Receiver.
func (in *Intake) Receive(m core.Message) bool {
	return in.take(m.Size(), func() *outbox.Entry { return &outbox.Entry{Body: core.EncodeBody(m), Size: m.Size()} })
}

// ReceiveExcess implements gateway.ExcessReceiver.
func (in *Intake) ReceiveExcess([]byte) bool {
	return in.take(0, func() *outbox.Entry { return outbox.Excess(nil) })
}

// take queues an entry, if there is room for so many bytes.
func (in *Intake) take(size int, entry func() *outbox.Entry) bool {
	in.Lock()
	defer in.Unlock()
	if !in.Open() {
		return false
	}
	if !in.Queue().HasRoom(size) {
		if !in.held {
			in.held = true
			in.Hold(in)
		}
		return false
	}
	if !in.Take(entry()) {
		return false
	}
	in.tally.ToClient(1, size)
	return true
}

// Ready implements outbox.Source.
func (in *Intake) Ready() bool {
	if !in.Queue().HasRoom(0) {
		return false
	}
	in.held = false
	return true
}

// Resume implements outbox.Source.
func (in *Intake) Resume() {
	in.mu.Lock()
	port := in.port
	in.mu.Unlock()
	if port != nil {
		port.Resume()
	}
}

// Attach gives it its port.
func (in *Intake) Attach(port *gateway.Port) {
	in.mu.Lock()
	in.port = port
	in.mu.Unlock()
	port.Resume() // it may have been turned away before
}

// Detach takes it away.
func (in *Intake) Detach() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.port = nil
}

// Missed tells the client that messages which were sent to its socket's name were dropped, because they were meant for the
// socket that had the name before.
func (in *Intake) Missed(messages uint64) {
	in.Counters().Gaps.Lost.Add(1)
	in.Send(core.Frame{Kind: core.KindGap, Messages: messages, Code: core.Lost})
}
