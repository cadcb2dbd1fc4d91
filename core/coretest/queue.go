package coretest

import "github.com/zmqwebbridge/zmqwebbridge/core"

// queue is what waits for a socket's page to have room, with the losses where they happened.
type queue struct {
	waiting []waiting
	missing missing // behind the last that waits
}

// waiting is a message, or a position in a history.
type waiting struct {
	missing  missing // before it
	endpoint *bridgeEndpoint
	offset   uint64 // 0: its endpoint keeps no history
	epoch    string // a position, not a message
	topic    string
	message  core.Message
}

// missing are losses, by reason.
type missing struct {
	busy, conflated uint64
}

func (m *missing) add(other missing) {
	m.busy += other.busy
	m.conflated += other.conflated
}

// offer queues a message, by its subscription's policy.
func (k *bridgeSocket) offer(w waiting, overflow core.Overflow) {
	q := &k.queue
	if overflow == core.Conflate {
		k.conflate(w.topic)
	}
	if len(q.waiting) >= k.session.bridge.sim.climate.hwm {
		if overflow != core.DropOldest {
			q.missing.busy++
			return
		}
		q.dropOldest()
	}
	k.enqueue(w)
}

func (k *bridgeSocket) enqueue(w waiting) {
	q := &k.queue
	w.missing, q.missing = q.missing, missing{}
	q.waiting = append(q.waiting, w)
}

// conflate takes out what waits of a topic.
func (k *bridgeSocket) conflate(topic string) {
	q := &k.queue
	for i := 0; i < len(q.waiting); i++ {
		if q.waiting[i].topic == topic && q.waiting[i].epoch == "" {
			q.take(i).conflated++
			i--
		}
	}
}

func (q *queue) dropOldest() {
	for i := range q.waiting {
		if q.waiting[i].epoch == "" {
			q.take(i).busy++
			return
		}
	}
}

// take removes what waits at a place and returns where its loss is to be noted.
func (q *queue) take(i int) *missing {
	gone := q.waiting[i].missing
	q.waiting = append(q.waiting[:i:i], q.waiting[i+1:]...)
	after := &q.missing
	if i < len(q.waiting) {
		after = &q.waiting[i].missing
	}
	after.add(gone)
	return after
}

// tidy takes out positions that another one follows at once: with their messages dropped they say nothing.
func (q *queue) tidy() {
	for i := 0; i+1 < len(q.waiting); i++ {
		if a, b := &q.waiting[i], &q.waiting[i+1]; a.epoch != "" && b.epoch != "" && a.endpoint == b.endpoint {
			q.take(i)
			i--
		}
	}
}

// emit says the next thing of the queue, if the page's credit allows, and tells whether there was one.
func (k *bridgeSocket) emit() bool {
	q := &k.queue
	if len(q.waiting) == 0 {
		return k.report(&q.missing)
	}
	w := &q.waiting[0]
	if k.report(&w.missing) {
		return true
	}
	s := k.session
	if w.epoch != "" {
		s.say(core.Frame{Kind: core.KindPosition, Socket: k.id, ID: w.endpoint.number, Offset: w.offset, Name: []byte(w.epoch)})
		q.waiting = q.waiting[1:]
		return true
	}
	if (k.credit <= 0 || k.creditBytes <= 0) && !s.bridge.sim.Sabotage.IgnoresCredit {
		return false
	}
	k.credit--
	k.creditBytes -= w.message.Size()
	f := core.Frame{Kind: core.KindMessage, Socket: k.id, Parts: w.message}
	if w.offset > 0 {
		f.Kind, f.ID, f.Offset, f.Body, f.Parts = core.KindPublication, w.endpoint.number, w.offset, core.EncodeBody(w.message), nil
	}
	q.waiting = q.waiting[1:]
	s.say(f)
	return true
}

// report says what is missing before the next message.
func (k *bridgeSocket) report(m *missing) bool {
	if *m == (missing{}) {
		return false
	}
	all := *m
	*m = missing{}
	sabotage := k.session.bridge.sim.Sabotage
	if sabotage.DropsSilently {
		return true
	}
	if sabotage.MiscountsGaps && all.busy > 0 {
		all.busy++
	}
	if all.busy > 0 {
		k.sayGap(all.busy, core.Busy)
	}
	if all.conflated > 0 {
		k.sayGap(all.conflated, core.OK)
	}
	return true
}

func (k *bridgeSocket) sayGap(messages uint64, code core.Code) {
	k.session.say(core.Frame{Kind: core.KindGap, Socket: k.id, Messages: messages, Code: code})
}
