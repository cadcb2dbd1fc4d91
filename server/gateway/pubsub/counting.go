package pubsub

import (
	"cmp"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
)

// Absence is messages that never came, as the publisher's own count says.
type Absence struct {
	Topic    []byte // of which they are; nil: nobody knows
	Messages uint64 // how many; 0: nobody knows
	Offset   uint64 // where they are missing in the history; 0: nowhere
}

// Lacker is a Subscriber that wants to know of what never came. Lacks is called like Deliver, where it would have come. Of an
// Absence without a topic everybody is told.
type Lacker interface {
	Lacks(a Absence)
}

// counting is what a feed knows of the counts that its publishers keep. The zero value: they keep none. The feed's lock guards it.
type counting struct {
	rule     access.Sequence
	counters *sequence.Counters
	counts   []publisherCount         // of each publisher
	lackers  map[*Subscription]Lacker // who is told
	warned   bool                     // the log has heard of a message without a number
}

// publisherCount is the count of one publisher.
type publisherCount struct {
	*sequence.Count
	at core.Endpoint // where it was reached last
}

func newCounting(rule access.Sequence, n *sequence.Counters) counting {
	c := counting{rule: rule, counters: n}
	if c.on() {
		c.lackers = map[*Subscription]Lacker{}
		c.add()
	}
	return c
}

// on tells whether there is a count.
func (c *counting) on() bool { return !c.rule.None() }

// ofAll tells whether there is a count of all that a publisher says. Then the bridge has to hear all of it.
func (c *counting) ofAll() bool { return c.on() && !c.rule.PerTopic }

// add is told of one more publisher.
func (c *counting) add() {
	if c.on() {
		c.counts = append(c.counts, publisherCount{Count: sequence.NewCount(c.rule, c.counters)})
	}
}

// tells tells whether what is missing of a publisher will be known, whatever happens until then.
func (c *counting) tells(publisher int) bool { return c.ofAll() && c.counts[publisher].Known() }

// reached is told of a connection to a publisher. Where it leads elsewhere than the last one did, another one counts there.
func (c *counting) reached(publisher int, at core.Endpoint) {
	if !c.on() {
		return
	}
	n := &c.counts[publisher]
	if n.at != (core.Endpoint{}) && n.at != at {
		n.Leave()
	}
	n.at = at
}

// CountsAll tells whether what is missing of all publishers will be known, so that nobody has to be told that something may be.
func (x *Subscription) CountsAll() bool {
	f := x.feed
	if f.isFed {
		return true // the stream says so
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	for n := range f.counting.counts {
		if !f.counting.tells(n) {
			return false
		}
	}
	return f.counting.on()
}

// lack notes who wants to know of what never comes.
func (f *Feed) lack(x *Subscription) {
	lacker, ok := x.subscriber.(Lacker)
	if !ok || f.counting.lackers == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counting.lackers[x] = lacker
}

// hear looks where a message is in the count of its publisher before it is routed, and tells what is missing before it. It is for the
// reader goroutine.
func (f *Feed) hear(publisher int, m core.Message, more int) error {
	filling := f.filling
	if publisher > 0 {
		filling = nil
	}
	held, err := filling.holds(m)
	if held {
		return err
	}
	return cmp.Or(err, f.count(publisher, m, more))
}

// count is hear for a message that nothing waits before.
func (f *Feed) count(publisher int, m core.Message, more int) error {
	v := f.observe(publisher, m, (*sequence.Count).Observe)
	if v.Kind == sequence.Repeat || publisher == 0 && f.filling.begins(v, m) {
		return nil
	}
	return cmp.Or(f.heed(v, m), f.gather(m, more))
}

// heed does what follows from a verdict.
func (f *Feed) heed(v sequence.Verdict, m core.Message) error {
	switch v.Kind {
	case sequence.Gap, sequence.Unknown:
		a := Absence{Messages: v.Missing}
		if f.counting.rule.PerTopic {
			a.Topic = m[0]
		}
		return f.tellAbsence(a)
	case sequence.Malformed:
		f.warn()
	}
	return nil
}

// observe asks a count about a message, unless that is of a topic that nobody wants: of such topics not everything comes.
func (f *Feed) observe(publisher int, m core.Message, ask func(*sequence.Count, core.Message, func() bool) sequence.Verdict) sequence.Verdict {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counting.rule.PerTopic {
		if len(m) == 0 {
			return sequence.Verdict{}
		}
		if f.matches = f.table.Match(f.matches[:0], m[0]); len(f.matches) == 0 {
			return sequence.Verdict{}
		}
	}
	return ask(f.counting.counts[publisher].Count, m, func() bool {
		for _, prefix := range f.matches {
			if f.interest.Live(prefix.Name) {
				return true
			}
		}
		return false
	})
}

// tellAbsence tells everybody whom it concerns what is missing, behind all that was routed.
func (f *Feed) tellAbsence(a Absence) error {
	if err := f.flush(); err != nil {
		return err
	}
	lackers := f.lackersOf(&a)
	for _, lacker := range lackers {
		lacker.Lacks(a)
	}
	return nil
}

func (f *Feed) lackersOf(a *Absence) (lackers []Lacker) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.log != nil {
		a.Offset = f.log.Lack(a.Topic, a.Messages)
	}
	if a.Topic == nil {
		return f.allLackers()
	}
	f.number++
	f.targets = f.targets[:0]
	f.route(a.Topic)
	for _, x := range f.targets {
		if lacker := f.counting.lackers[x]; lacker != nil {
			lackers = append(lackers, lacker)
		}
	}
	clear(f.targets)
	clear(f.matches)
	return lackers
}

// warn has the log hear of a message without a number, once.
func (f *Feed) warn() {
	f.mu.Lock()
	first := !f.counting.warned
	f.counting.warned = true
	f.mu.Unlock()
	if first {
		f.connections.Log.Warn("gateway: a message has no number where its publisher should count, so what is lost is not known; this is said once",
			"endpoint", f.endpoint.Load().String(), "part", f.counting.rule.Part)
	}
}
