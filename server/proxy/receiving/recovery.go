package receiving

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
)

// asks tells whether this is the first Recover.
func (d *Inflow) asks() bool {
	d.Lock()
	defer d.Unlock()
	first := !d.asked
	d.asked = true
	return first
}

// Recover answers a client that was here before, the first time that it says so, and ends the hold. What the client missed is read from
// the history as it grants credit for it, until that meets what comes. A client that did not hold delivery back cannot be given the
// past any more, in front of what it has received.
func (d *Inflow) Recover(since core.Position) {
	if !d.asks() {
		return
	}
	if d.past == nil || !d.held || !d.holds() {
		d.Lock()
		defer d.Unlock()
		d.phase = live
		d.tellLost(0)
		return
	}
	var fits func(core.Message) bool
	if d.substring != nil {
		fits = d.wants
	}
	replay, answer := d.past.Recover(since, fits)
	place := replay.Place()
	d.Lock()
	defer d.Unlock()
	if answer.Lost {
		d.tellLost(answer.Missed)
	}
	position := core.Frame{Kind: core.KindPosition, ID: d.number, Messages: answer.Messages,
		Offset: answer.From.Offset, Name: []byte(answer.From.Epoch)}
	if answer.Complete {
		position.Flags = core.FlagRecovered
	}
	d.SendLocked(&position)
	d.placed, d.epoch, d.told, d.reached = true, answer.From.Epoch, answer.From.Offset, answer.From.Offset
	d.phase, d.replay = replaying, replay
	d.reading.Set(place)
	d.Hold(d) // which begins to read soon
}

// holds tells whether nothing is delivered yet.
func (d *Inflow) holds() bool {
	d.Lock()
	defer d.Unlock()
	return d.phase == holding
}

// EndHold begins to deliver to a client that subscribes by a message. Its engine, which does not read messages, would say
// Recover only for a Subscribe.
func (d *Inflow) EndHold() {
	d.Lock()
	defer d.Unlock()
	if d.phase == holding {
		d.phase = live
		d.tellLost(0)
	}
}

func (d *Inflow) tellLost(missed uint64) {
	d.Counters().Gaps.Lost.Add(1)
	d.SendLocked(&core.Frame{Kind: core.KindGap, Messages: missed, Code: core.Lost})
}

// Ready implements outbox.Source: it tells whether reading the history goes on from here.
func (d *Inflow) Ready() bool {
	if d.arriving {
		return d.Queue().Len() == 0
	}
	if d.gap != nil {
		return d.Queue().Passed(d.arrival)
	}
	messages, _ := d.Queue().Room()
	return messages > 0
}

// replayTurn is how many messages are read in one go.
const replayTurn = 256

// Resume implements outbox.Source: it reads until there is no room, or nothing more to read. Then the inflow is live. One
// goroutine at a time does it, so the order stays.
func (d *Inflow) Resume() {
	d.Lock()
	defer d.Unlock()
	if d.arrives() {
		d.Unlock()
		d.arrived(d.from)
		d.Lock()
		return
	}
	for d.tellGap() {
		messages, bytes := d.Queue().Room()
		if messages == 0 {
			break
		}
		replay := d.replay
		d.Unlock()
		items, more := replay.Next(min(messages, replayTurn), bytes)
		d.Lock()
		if d.replay != replay {
			return // released meanwhile
		}
		d.queue(items)
		if !more {
			d.meet(replay.Offset())
		}
	}
	if d.replay != nil && d.Open() {
		d.Hold(d)
	}
}

// tellGap says what is missing in what was read, once all before it has been sent, and tells whether to read on.
func (d *Inflow) tellGap() bool {
	if d.replay == nil || !d.Open() {
		return false
	}
	if d.gap == nil {
		return true
	}
	if !d.Queue().Passed(d.arrival) {
		return false
	}
	d.SendLocked(d.gap)
	d.gap = nil
	if d.replay.Epoch() != d.epoch {
		d.goesBy(d.replay.Epoch())
		d.place(core.Position{Epoch: d.replay.Epoch(), Offset: d.replay.Offset()})
		d.leftOver = 0
	}
	return true
}

// queue puts what was read where live messages go, too. A gap is the last of what is read in one go.
func (d *Inflow) queue(items []gateway.Replayed) {
	for _, item := range items {
		if !d.Open() {
			return // closed, as the terms of one of its subscriptions say
		}
		if item.Gap != core.OK {
			d.Counters().Dropped.Add(item.Missed)
			d.arrival = d.Queue().Arrivals()
			d.Counters().Gaps.Lost.Add(1)
			d.gap = &core.Frame{Kind: core.KindGap, Messages: item.Missed, Code: item.Gap}
			return
		}
		d.handOn(item.Offset)
		d.Counters().Replayed.Add(1)
		d.tally.ToClient(1, item.Size)
		d.OfferLocked(&outbox.Entry{Body: item.Body, Size: item.Size, Endpoint: d.number, Offset: item.Offset})
	}
}

// meet ends a replay that has read all there was up to some place, unless more has come meanwhile and was left to it. What
// comes from now on is delivered, if it was not read.
func (d *Inflow) meet(read uint64) {
	if d.gap != nil || d.leftOver > read {
		return
	}
	d.phase = live
	d.reached = max(d.reached, read)
	d.stopReplay()
}

// stopReplay forgets the replay. The lock is held.
func (d *Inflow) stopReplay() {
	d.replay = nil
	d.reading.Set(0)
	d.Unhold(d)
}
