package gateway

// LongestPrefix finds, of prefixes that each stand for something, the longest that a topic begins with. That takes as
// long as the topic is long, however many prefixes there are. The zero value has none. It is not safe for concurrent use.
type LongestPrefix[V comparable] struct {
	table   prefixes[V]
	members map[string]*member[V]
	matches []*topic[V]
}

// Get returns what a prefix stands for.
func (p *LongestPrefix[V]) Get(prefix string) (v V, ok bool) {
	m := p.members[prefix]
	if m == nil {
		return v, false
	}
	return m.subscriber, true
}

// Put makes a prefix stand for v.
func (p *LongestPrefix[V]) Put(prefix string, v V) {
	if p.members == nil {
		p.members = map[string]*member[V]{}
	}
	if m := p.members[prefix]; m != nil {
		m.subscriber = v
		return
	}
	p.members[prefix] = p.table.add(prefix, v)
}

// Delete forgets a prefix.
func (p *LongestPrefix[V]) Delete(prefix string) {
	if m := p.members[prefix]; m != nil {
		p.table.remove(m)
		delete(p.members, prefix)
	}
}

// Match returns what the longest prefix of a topic stands for.
func (p *LongestPrefix[V]) Match(topic []byte) (v V, ok bool) {
	p.matches = p.table.match(p.matches[:0], topic)
	n := len(p.matches)
	if n == 0 {
		return v, false
	}
	v = p.matches[n-1].members[0].subscriber
	clear(p.matches)
	return v, true
}
