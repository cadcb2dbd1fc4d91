package simulator

import (
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/trace"
)

// This file has the backends behind sockets other than SUB.

const mostAsked = 5

// backend makes the backend of a socket do something now and then.
func (k *bridgeSocket) backend() {
	sim := k.session.bridge.sim
	if k.over() || !k.isOpen() || !sim.chance(30) {
		return
	}
	switch k.typ {
	case core.PULL, core.DEALER:
		for len(k.queue.waiting) < sim.climate.hwm && sim.chance(80) { // messages for which there is no room stay with the backend
			serial := sim.serial()
			k.sent = append(k.sent, serial)
			k.enqueue(waiting{message: trace.Content{Serial: serial}.Message("", sim.size())})
		}
	case core.REP:
		if len(k.asking) < mostAsked {
			k.ask()
		}
	}
}

func (k *bridgeSocket) isOpen() bool { return len(k.endpoints) > 0 && (k.granted || !k.typ.Sends()) }

// ask sends a request of a backend. Now and then the backend gives it up later.
func (k *bridgeSocket) ask() {
	k.lastAsk++
	id, payload := k.lastAsk, fmt.Sprint("ask ", k.session.bridge.sim.serial())
	k.asking[id] = payload
	k.session.say(core.Frame{Kind: core.KindRequest, Socket: k.id, ID: id, Millis: 5000, Parts: core.Message{[]byte(payload)}})
	sim := k.session.bridge.sim
	if !sim.chance(10) {
		return
	}
	sim.After(sim.around(time.Second), func() {
		if _, pending := k.asking[id]; pending && !k.over() {
			delete(k.asking, id)
			k.withdrawn[id] = true
			k.session.sayNow(core.Frame{Kind: core.KindCancel, Socket: k.id, ID: id})
		}
	})
}

// answered handles a page's answer. There must be exactly one for each request.
func (k *bridgeSocket) answered(f *core.Frame) error {
	if k.withdrawn[f.ID] { // the request was given up, but its answer may have been under way
		delete(k.withdrawn, f.ID)
		return nil
	}
	payload, pending := k.asking[f.ID]
	if !pending {
		return broken("an answer to request %d, which has one or was never made", f.ID)
	}
	delete(k.asking, f.ID)
	if f.Kind == core.KindFailed {
		return nil
	}
	if m, err := f.Body.Parts(nil); err != nil || string(m[0]) != "re:"+payload {
		return broken("the answer to %q is %q", payload, m)
	}
	return nil
}

// asked handles a page's request. The backend answers soon, late, or not at all.
func (k *bridgeSocket) asked(f *core.Frame) error {
	b := k.session.bridge
	m, err := f.Body.Parts(nil)
	if err != nil {
		return core.NewCloseError(core.CloseMalformed, err.Error())
	}
	payload := string(m[0])
	if f.ID <= k.lastRequest {
		return broken("request %d after %d", f.ID, k.lastRequest)
	}
	k.lastRequest = f.ID
	if again := f.Flags&core.FlagIdempotent != 0; b.requests[payload] && !again && k.session.page != nil {
		b.sim.fail("request %q came twice", payload)
	}
	b.requests[payload] = true
	k.pending[f.ID] = payload
	k.plan(f.ID, payload, f.Millis)
	return nil
}

func (k *bridgeSocket) plan(id uint64, payload string, millis uint64) {
	sim := k.session.bridge.sim
	if k.refused == len(k.endpoints) {
		k.finish(id, core.Frame{Kind: core.KindFailed, Socket: k.id, ID: id, Code: core.Denied})
		return
	}
	reply := core.Frame{Kind: core.KindReply, Socket: k.id, ID: id, Parts: core.Message{[]byte("re:" + payload)}}
	failed := core.Frame{Kind: core.KindFailed, Socket: k.id, ID: id, Code: core.Timeout}
	sim.After(time.Duration(millis)*time.Millisecond, func() { k.finish(id, failed) })
	switch {
	case sim.chance(10): // no answer
	case sim.chance(10):
		failed.Code = core.Unavailable
		k.finish(id, failed)
	case sim.chance(10):
		sim.After(sim.around(30*time.Second), func() { k.finish(id, reply) })
	default:
		sim.After(sim.around(200*time.Millisecond), func() { k.finish(id, reply) })
	}
}

// finish ends a request of a page, unless it has ended before.
func (k *bridgeSocket) finish(id uint64, f core.Frame) {
	if _, pending := k.pending[id]; !pending || k.over() {
		return
	}
	delete(k.pending, id)
	k.session.sayNow(f)
}

// take handles a message of a page, for which there has to be credit.
func (k *bridgeSocket) take(f *core.Frame) error {
	m, err := f.Body.Parts(nil)
	if err != nil {
		return core.NewCloseError(core.CloseMalformed, err.Error())
	}
	if k.grants <= 0 || k.grantBytes <= 0 {
		return broken("a message without credit")
	}
	k.grants--
	k.grantBytes -= m.Size()
	k.came++
	number, size := k.came, m.Size()
	k.order(string(m[0]))
	sim := k.session.bridge.sim
	sim.After(sim.around(50*time.Millisecond), func() { k.consumed(number, string(m[0]), size) })
	return nil
}

func (k *bridgeSocket) consumed(number uint64, text string, size int) {
	if k.over() {
		return
	}
	k.leaves(number, text)
	k.ungranted++
	k.ungrantedBytes += size
	if 2*k.ungranted < k.session.bridge.sim.climate.sendMessages() && 2*k.ungrantedBytes < sendBytes {
		return
	}
	k.grant(k.ungranted, k.ungrantedBytes)
	k.ungranted, k.ungrantedBytes = 0, 0
	k.session.write()
}

// sendBytes is how many bytes a page may send that the backend has not consumed yet. It is more than the page can queue, so
// that credit may be left when the queue is empty.
const sendBytes = 1 << 18

func (c *climate) sendMessages() int { return 3 * c.hwm }

func (k *bridgeSocket) grant(messages, bytes int) {
	k.tellLeft()
	k.grants += messages
	k.grantBytes += bytes
	k.session.say(core.Frame{Kind: core.KindCredit, Socket: k.id, Messages: uint64(messages), Bytes: uint64(bytes)})
}
