package simulator

import (
	"slices"
	"strconv"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// This file has what becomes of the messages that pages send: what the bridge tells them of that, and what the simulation expects.

// receipt is what the page was told of a message: in which session, and with which of the frames of the bridge.
type receipt struct {
	session *bridgeSession
	seq     uint64
}

// known tells whether the page has certainly read it.
func (r receipt) known() bool { return r.session != nil && r.session.engine.Acknowledged() >= r.seq }

// leaves notes that a message of a PUSH has left, of which the page is told at once or a bit later.
func (k *bridgeSocket) leaves(number uint64, text string) {
	if k.typ != core.PUSH || !k.session.engine.Can(core.CanReceipts) {
		return
	}
	k.left, k.leftTexts = append(k.left, number), append(k.leftTexts, text)
	sim := k.session.bridge.sim
	if sim.chance(30) {
		k.tellLeft()
		k.session.write()
		return
	}
	sim.After(sim.around(100*time.Millisecond), func() {
		if !k.over() {
			k.tellLeft()
			k.session.write()
		}
	})
}

// tellLeft tells the page which messages have left since it was told last.
func (k *bridgeSocket) tellLeft() {
	messages := uint64(1)
	if k.session.bridge.sim.Sabotage.ClaimsReceipts {
		messages++
	}
	slices.Sort(k.left)
	for _, number := range k.left {
		k.session.say(core.Frame{Kind: core.KindLeft, Socket: k.id, ID: number, Messages: messages})
	}
	if p := k.session.page; p != nil && !k.session.dropped {
		for _, text := range k.leftTexts {
			n, _ := strconv.ParseUint(text, 10, 64)
			p.byID[k.id].receipts[n] = receipt{k.session, k.session.engine.Sent()}
		}
	}
	k.left, k.leftTexts = nil, nil
}

// order compares the number of a message with those before it. Messages may be missing only where the page was told that
// some may be.
func (k *bridgeSocket) order(text string) {
	p := k.session.page
	if p == nil {
		return
	}
	number, _ := strconv.ParseUint(text, 10, 64)
	sim := k.session.bridge.sim
	s := p.byID[k.id]
	if s.again {
		k.orderAgain(s, number)
		return
	}
	late := k.session.number < s.into // it was on its way on a session that the page has given up
	switch {
	case s.seen[number]:
		sim.fail("page %d, socket %d: message %d came twice", p.number, k.id, number)
	case late && k.got == 0:
		k.got = number - 1
	}
	s.seen[number] = true
	s.into = max(s.into, k.session.number)
	if k.got > 0 && number != k.got+1 {
		sim.fail("page %d, socket %d: message %d after %d", p.number, k.id, number, k.got)
	}
	if last := s.arrived + s.denied; k.got == 0 && !late && number != last+1 && (number <= last || s.resets == 0) {
		sim.fail("page %d, socket %d: message %d is the first of a session, %d was the last before", p.number, k.id, number, last)
	}
	k.got, s.denied = number, 0
	s.arrived = max(number, s.arrived)
}

// orderAgain is order for a PUSH whose messages may come twice: they come in order on each session, a second time only on a later one and if the page did
// not know that they had left, and none is missing that was not reported.
func (k *bridgeSocket) orderAgain(s *pageSocket, number uint64) {
	sim := k.session.bridge.sim
	late := k.session.number < s.into
	if number <= k.got {
		sim.fail("page %d, socket %d: message %d after %d", s.page.number, k.id, number, k.got)
	}
	if r := s.receipts[number]; s.seen[number] && r.known() && r.session.number < k.session.number {
		sim.fail("page %d, socket %d: message %d came again, and it was known to have left", s.page.number, k.id, number)
	}
	k.got, s.denied = number, 0
	s.seen[number] = true
	s.into = max(s.into, k.session.number)
	s.arrived = max(number, s.arrived)
	if !late {
		s.checkUnseen(number)
	}
}

// checkUnseen compares how many messages of a PUSH, up to one, have not come to the bridge with what the page was told.
func (s *pageSocket) checkUnseen(upTo uint64) {
	if s.vague || s.gone {
		return
	}
	unseen := uint64(0)
	for n := uint64(1); n <= upTo; n++ {
		if !s.seen[n] {
			unseen++
		}
	}
	if told := s.doubtful + s.deniedAll; unseen > told {
		s.fail("%d of %d messages are missing, %d were reported", unseen, upTo, told)
	}
}
