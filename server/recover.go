package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// recoverer is a proxy whose client may ask for what it missed.
type recoverer interface {
	// feed is what receives from an endpoint; nil where it was refused.
	feed(endpoint uint64) *feed
}

// receiveFrom makes an XSUB receive over the connection that is its own or, where the endpoint has a history, over the one
// that all share: its own only sends then, and is subscribed to nothing but what the client asks for by a message.
func (d *feed) receiveFrom(port *gateway.Port, a Access) error {
	d.source, d.release = port, func() {}
	if a.Bind || !d.socket.session.bridge.gateways.KeepsHistory(a.Endpoint) {
		return nil
	}
	_, err := d.attach(a.Endpoint)
	return err
}

// handleRecover answers a client that was here before.
func (k *socket) handleRecover(f *core.Frame) error {
	p, ok := k.proxy.(recoverer)
	if !ok || !k.subscribes() {
		return outOfState(f, k.typ)
	}
	if f.ID == 0 || f.ID > uint64(len(k.endpoints)) {
		return core.NewCloseError(core.CloseState, "Recover of an endpoint that was never opened")
	}
	if d := p.feed(f.ID); d != nil && d.asks() {
		d.recover(core.Position{Epoch: string(f.Name), Offset: f.Offset})
	}
	return nil
}

// asks tells whether this is the first Recover.
func (d *feed) asks() bool {
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !d.asked
	d.asked = true
	return first
}

// recover ends the hold. What the client missed is read from the history as it grants credit for it, until that meets what
// comes. Who did not hold delivery back cannot be given the past any more, in front of what it has received.
func (d *feed) recover(since core.Position) {
	s, k := d.socket.session, d.socket
	if d.past == nil || !d.held {
		s.mu.Lock()
		defer s.mu.Unlock()
		d.phase = live
		d.tellLost(0)
		return
	}
	var fits func(core.Message) bool
	if d.substring != nil {
		fits = d.wants
	}
	replay, answer := d.past.Recover(since, fits)
	s.mu.Lock()
	defer s.mu.Unlock()
	if answer.Lost {
		d.tellLost(answer.Missed)
	}
	position := core.Frame{Kind: core.KindPosition, Socket: k.id, ID: d.number, Messages: answer.Messages,
		Offset: answer.From.Offset, Name: []byte(answer.From.Epoch)}
	if answer.Complete {
		position.Flags = core.FlagRecovered
	}
	s.sendLocked(&position)
	d.placed, d.told, d.reached = true, answer.From.Offset, answer.From.Offset
	d.phase, d.replay = replaying, replay
	s.replaying = append(s.replaying[:len(s.replaying):len(s.replaying)], d) // replayOn, soon after, does the rest
}

func (d *feed) tellLost(missed uint64) {
	d.socket.session.sendLocked(&core.Frame{Kind: core.KindGap, Socket: d.socket.id, Messages: missed, Code: core.Lost})
}
