package moved

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// check refuses what no bridge would have written, so that who restores a session need not fear it. What the frames of the engine are
// core.RestoreSession checks.
func (s *Session) check() error {
	if s.Engine.MaxMessage <= 0 || s.Engine.MaxMessage > 1<<30 || s.Engine.Retain < 0 {
		return invalid("the engine's limits")
	}
	last := uint32(0)
	for i := range s.Sockets {
		k := &s.Sockets[i]
		if k.Number <= last || k.Number > s.LastSocket {
			return invalid("the number of a socket")
		}
		last = k.Number
		if err := k.check(); err != nil {
			return err
		}
	}
	return nil
}

func (k *Socket) check() error {
	if !k.Type.Valid() || len(k.Identity) > core.MaxName {
		return invalid("the type of a socket")
	}
	number := uint64(0)
	for i := range k.Endpoints {
		e := &k.Endpoints[i]
		if e.Number <= number || e.Number > k.Opened || len(e.Address) > core.MaxText || len(e.Params) > core.MaxParams || len(e.Epoch) > core.MaxName {
			return invalid("an endpoint")
		}
		number = e.Number
	}
	known := map[uint64]bool{0: true, stray: true}
	for i := range k.Subscriptions {
		sub := &k.Subscriptions[i]
		if known[sub.Number] && sub.Number != 0 || len(sub.Prefix) > core.MaxName || !sub.Overflow.Valid() {
			return invalid("a subscription")
		}
		known[sub.Number] = true
	}
	return k.checkMessages(known)
}

// stray is the lane of what no subscription is for.
const stray = ^uint64(0)

func (k *Socket) checkMessages(lanes map[uint64]bool) error {
	in, out := &k.Inbound, &k.Outbound
	if in.Messages > core.MaxCredit || in.Bytes > core.MaxCredit || out.Messages < 0 || out.Messages > core.MaxCredit || out.Bytes > core.MaxCredit {
		return invalid("credit")
	}
	for i := range in.Waiting {
		w := &in.Waiting[i]
		if !lanes[w.Lane] || w.Size < 0 || !isMessage(w.Body) || w.Endpoint > k.Opened {
			return invalid("a message for the client")
		}
	}
	for _, t := range in.Tails {
		if !lanes[t.Lane] {
			return invalid("a lane")
		}
	}
	if len(out.Numbers) != len(out.Waiting) {
		return invalid("the numbers of the client's messages")
	}
	for i, body := range out.Waiting {
		if !isMessage(body) || out.Numbers[i] > out.Last {
			return invalid("a message of the client")
		}
	}
	last := uint64(0)
	for i := range k.Requests {
		r := &k.Requests[i]
		if r.Number <= last || !isMessage(r.Body) {
			return invalid("a request")
		}
		last = r.Number
	}
	return nil
}

func isMessage(body []byte) bool {
	_, err := core.Body(body).Parts(nil)
	return err == nil
}

func invalid(what string) error {
	return core.NewError(core.Invalid, "not a session: "+what+" cannot be")
}
