package topic

import "github.com/zmqwebbridge/zmqwebbridge/server/prefix"

// Table is a routing table: it says which subscribers asked for which prefixes. A look-up costs what the looked-up topic is
// long, however many prefixes there are and however many lengths they have. S is a subscriber.
type Table[S any] struct {
	tree prefix.Tree[Prefix[S]]
}

// Prefix is one distinct prefix in a Table.
type Prefix[S any] struct {
	Name    string
	Members []*Member[S] // in no particular order; not to be modified
}

// Member is one subscriber's membership in one prefix.
type Member[S any] struct {
	Subscriber S
	Count      int // how often the subscriber asked, which is the subscriber's to count; 1 at first

	prefix *Prefix[S]
	at     int // index in prefix.Members
}

// Prefix is what the member asked for.
func (m *Member[S]) Prefix() string { return m.prefix.Name }

// Add makes s a member of a prefix, and tells whether it is the first. It does not look whether s is a member already.
func (t *Table[S]) Add(name string, s S) (m *Member[S], first bool) {
	p := t.tree.Get(name)
	if p == nil {
		p = &Prefix[S]{Name: name}
		t.tree.Put(name, p)
	}
	m = &Member[S]{Subscriber: s, Count: 1, prefix: p, at: len(p.Members)}
	p.Members = append(p.Members, m)
	return m, len(p.Members) == 1
}

// Remove undoes Add, and tells whether m was the last member of its prefix, which is gone then.
func (t *Table[S]) Remove(m *Member[S]) (last bool) {
	members := m.prefix.Members
	end := len(members) - 1
	members[m.at] = members[end]
	members[m.at].at = m.at
	members[end] = nil
	m.prefix.Members = members[:end]
	if end > 0 {
		return false
	}
	t.tree.Delete(m.prefix.Name)
	return true
}

// Match appends to dst the prefixes that a topic begins with, shortest first, and returns it.
func (t *Table[S]) Match(dst []*Prefix[S], topic []byte) []*Prefix[S] {
	return t.tree.Match(dst, topic)
}
