package sequence

import (
	"bytes"
	"container/list"
	"hash/maphash"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Count is what is known of the count of one publisher. NewCount makes one.
type Count struct {
	rule     access.Sequence
	seed     maphash.Seed
	counters *Counters

	byTopic map[string]*list.Element
	order   list.List // of *place, that of the topic which was silent longest first
	bytes   int       // what they take
	forgot  bool      // a topic was forgotten for want of room
}

// place is where one topic is, or all of them together.
type place struct {
	topic  string
	last   uint64
	digest uint64 // of the message that had this number
}

// What a Count remembers at most: so many topics, and so many bytes with what each costs besides.
const (
	maxTopics = 1 << 16
	maxBytes  = 16 << 20
	maxTopic  = 4 << 10 // nobody can subscribe to more
	topicCost = 192
)

// NewCount makes a Count that knows of no message, and counts in n what it finds.
func NewCount(rule access.Sequence, n *Counters) *Count {
	return &Count{rule: rule, seed: maphash.MakeSeed(), counters: n, byTopic: map[string]*list.Element{}}
}

// Verdict is what a message is.
type Verdict struct {
	Kind    Kind
	Missing uint64 // with Gap: how many are missing before it
	Number  uint64 // its own, unless it is Malformed
}

// Kind of a Verdict.
type Kind uint8

const (
	Next      Kind = iota // nothing is missing before it
	Repeat                // it was there before
	Gap                   // some are missing before it
	Unknown               // nobody knows what is missing before it: the count begins anew, or the topic was forgotten
	Malformed             // it has no number, and says nothing of the count
)

// Observe says what a message is. A first one says where the count is; but of a topic that is new it is remembered only if live
// says so, because what was published before that is not missed.
func (c *Count) Observe(m core.Message, live func() bool) Verdict {
	v := c.observe(m, live)
	c.counters.add(v)
	return v
}

func (c *Count) observe(m core.Message, live func() bool) Verdict {
	n, ok := c.number(m)
	if !ok {
		return Verdict{Kind: Malformed}
	}
	digest := c.digest(m)
	e := c.find(m[0])
	if e == nil {
		v := Verdict{Number: n}
		if c.forgot {
			v.Kind = Unknown
		}
		if !c.rule.PerTopic || live() {
			c.remember(m[0], n, digest)
		}
		return v
	}
	p := e.Value.(*place)
	v := p.compare(n, digest, greatest(c.rule.Format))
	p.last, p.digest = n, digest
	c.order.MoveToBack(e)
	return v
}

// maxMissing is how many messages can be missing: every program can read that as a number.
const maxMissing = 1<<53 - 1

// compare says what a message with a number is, behind that of p.
func (p *place) compare(n, digest, greatest uint64) Verdict {
	switch {
	case n == p.last && digest == p.digest:
		return Verdict{Kind: Repeat, Number: n}
	case n > p.last:
		switch missing := n - p.last - 1; {
		case missing > maxMissing:
			return Verdict{Kind: Unknown, Number: n}
		case missing > 0:
			return Verdict{Gap, missing, n}
		}
		return Verdict{Number: n}
	case n == 0 && p.last == greatest:
		return Verdict{Number: n}
	}
	return Verdict{Kind: Unknown, Number: n}
}

func (c *Count) number(m core.Message) (n uint64, ok bool) {
	if c.rule.Part >= len(m) || c.rule.PerTopic && len(m[0]) > maxTopic {
		return 0, false
	}
	return Read(c.rule.Format, m[c.rule.Part])
}

// digest tells messages apart that have the same number: the first of a publisher that has begun anew may have that of the last one
// before.
func (c *Count) digest(m core.Message) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	for _, part := range m {
		h.Write(part)
		h.WriteByte(0)
	}
	return h.Sum64()
}

func (c *Count) find(topic []byte) *list.Element {
	if !c.rule.PerTopic {
		topic = nil
	}
	return c.byTopic[string(topic)]
}

func (c *Count) remember(topic []byte, n, digest uint64) {
	if !c.rule.PerTopic {
		topic = nil
	}
	for len(c.byTopic) >= maxTopics || c.bytes+len(topic)+topicCost > maxBytes {
		c.forget(c.order.Front())
		c.forgot = true
		c.counters.Forgotten.Add(1)
	}
	p := &place{string(topic), n, digest}
	c.byTopic[p.topic] = c.order.PushBack(p)
	c.bytes += len(topic) + topicCost
}

func (c *Count) forget(e *list.Element) {
	p := c.order.Remove(e).(*place)
	delete(c.byTopic, p.topic)
	c.bytes -= len(p.topic) + topicCost
}

// Pass notes that a message was left out, of which so many parts are known: that is told for another reason. It returns what is
// missing before it.
func (c *Count) Pass(head core.Message, live func() bool) Verdict {
	if _, ok := c.number(head); ok {
		return c.Observe(head, live)
	}
	if len(head) > 0 || !c.rule.PerTopic {
		var topic []byte
		if len(head) > 0 {
			topic = head[0]
		}
		if e := c.find(topic); e != nil {
			p := e.Value.(*place)
			if p.digest = 0; p.last == greatest(c.rule.Format) {
				p.last = 0
			} else {
				p.last++
			}
		}
	}
	return Verdict{}
}

// Known tells whether the count is known.
func (c *Count) Known() bool { return len(c.byTopic) > 0 }

// Forget forgets topics with a prefix that nobody wants any more, because their messages do not come any more.
func (c *Count) Forget(prefix string, wanted func(topic []byte) bool) {
	if !c.rule.PerTopic {
		return
	}
	for e := c.order.Front(); e != nil; {
		next := e.Next()
		if topic := []byte(e.Value.(*place).topic); bytes.HasPrefix(topic, []byte(prefix)) && !wanted(topic) {
			c.forget(e)
		}
		e = next
	}
}

// Leave forgets all, because what comes now is of another publisher: nobody knows what is missing in between.
func (c *Count) Leave() {
	c.forgot = c.forgot || c.Known()
	c.byTopic, c.bytes = map[string]*list.Element{}, 0
	c.order.Init()
}
