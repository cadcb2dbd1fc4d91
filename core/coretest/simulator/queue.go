package simulator

import "github.com/zmqwebbridge/zmqwebbridge/core"

// queue is what waits for credit of a socket's page. It also has the losses, at the places where they happened.
type queue struct {
	waiting []waiting
	missing missing // after the last item that waits
}

// waiting is an item of a queue: a message, or a position in a history.
type waiting struct {
	missing  missing // what is missing before it
	endpoint *bridgeEndpoint
	offset   uint64 // 0: there is no history for its endpoint
	epoch    string // of a position; "": it is a message
	topic    string
	message  core.Message
}

// missing counts losses by their reason.
type missing struct {
	busy, conflated uint64
}

func (m *missing) add(other missing) {
	m.busy += other.busy
	m.conflated += other.conflated
}

// offer queues a message, as the policy of its subscription says.
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

// conflate removes the messages of a topic that wait.
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

// take removes the item at place i, and returns where its loss has to be noted.
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

// tidy removes positions that another position of their endpoint follows before any message of it. Their messages were dropped,
// so they tell nothing.
func (q *queue) tidy() {
	for i := 0; i < len(q.waiting); i++ {
		if q.waiting[i].epoch != "" && q.replaced(i) {
			q.take(i)
			i--
		}
	}
}

// replaced tells whether the next item of the same endpoint as the item at place i is a position.
func (q *queue) replaced(i int) bool {
	for _, w := range q.waiting[i+1:] {
		if w.endpoint == q.waiting[i].endpoint {
			return w.epoch != ""
		}
	}
	return false
}

// emit sends the next item of the queue if the page's credit allows it, and reports whether it has sent one.
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

// report sends a Gap for what is missing before the next message.
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
