package gateway

import (
	"bytes"
	"slices"
)

// prefixes is a routing table: which subscribers asked for which prefixes. It is a radix tree, so a lookup costs what
// the looked-up topic is long, however many prefixes there are and however many lengths they have. S is a subscriber.
//
// It is not safe for concurrent use.
type prefixes[S comparable] struct {
	root node[S]
}

// node stands for the prefix that the labels from the root down to it spell.
type node[S comparable] struct {
	label    []byte
	firsts   []byte     // first bytes of the children's labels, which differ; apart, so that a search stays in one cache line
	children []*node[S] // in the same order
	topic    *topic[S]  // nil: nobody asked for this very prefix
}

// topic is one distinct prefix with its subscribers.
type topic[S comparable] struct {
	prefix  string
	members []*member[S]
}

// member is one subscriber's membership in one topic.
type member[S comparable] struct {
	subscriber S
	topic      *topic[S]
	count      int // of the subscriber: how often it asked; 1 at first
	at         int // index in topic.members
}

// add makes s a member of a prefix. It does not look whether it is one already.
func (t *prefixes[S]) add(prefix string, s S) *member[S] {
	to := t.insert(prefix)
	m := &member[S]{subscriber: s, topic: to, count: 1, at: len(to.members)}
	to.members = append(to.members, m)
	return m
}

// remove undoes add, and tells whether m was the last of its prefix, which is gone then.
func (t *prefixes[S]) remove(m *member[S]) (last bool) {
	members := m.topic.members
	end := len(members) - 1
	members[m.at] = members[end]
	members[m.at].at = m.at
	members[end] = nil
	m.topic.members = members[:end]
	if end > 0 {
		return false
	}
	t.delete(m.topic.prefix)
	return true
}

// match appends the topics whose prefix the name begins with, shortest first.
func (t *prefixes[S]) match(dst []*topic[S], name []byte) []*topic[S] {
	n := &t.root
	for {
		if n.topic != nil {
			dst = append(dst, n.topic)
		}
		if len(name) == 0 {
			return dst
		}
		i := n.child(name[0])
		if i < 0 || !bytes.HasPrefix(name, n.children[i].label) {
			return dst
		}
		n = n.children[i]
		name = name[len(n.label):]
	}
}

// insert finds or makes the topic of a prefix.
func (t *prefixes[S]) insert(prefix string) *topic[S] {
	n, rest := &t.root, []byte(prefix)
	for len(rest) > 0 {
		i := n.child(rest[0])
		if i < 0 {
			i = len(n.children)
			n.firsts = append(n.firsts, rest[0])
			n.children = append(n.children, &node[S]{label: bytes.Clone(rest)})
		}
		child := n.children[i]
		if shared := sharedPrefix(child.label, rest); shared < len(child.label) {
			child = child.split(shared)
			n.children[i] = child
		}
		n, rest = child, rest[len(child.label):]
	}
	if n.topic == nil {
		n.topic = &topic[S]{prefix: prefix}
	}
	return n.topic
}

// delete removes a prefix that is in the tree, and the nodes only it needed.
func (t *prefixes[S]) delete(prefix string) {
	path := []*node[S]{&t.root}
	for rest := []byte(prefix); len(rest) > 0; {
		n := path[len(path)-1]
		i := n.child(rest[0])
		path = append(path, n.children[i])
		rest = rest[len(n.children[i].label):]
	}
	path[len(path)-1].topic = nil
	for depth := len(path) - 1; depth > 0 && path[depth].topic == nil; depth-- {
		n, parent := path[depth], path[depth-1]
		i := parent.child(n.label[0])
		switch len(n.children) {
		case 0:
			parent.firsts = slices.Delete(parent.firsts, i, i+1)
			parent.children = slices.Delete(parent.children, i, i+1)
			continue // the parent may be of no use now either
		case 1:
			only := n.children[0]
			only.label = slices.Concat(n.label, only.label)
			parent.children[i] = only
		}
		return
	}
}

// child is the index of the child whose label begins with b, or negative.
func (n *node[S]) child(b byte) int { return bytes.IndexByte(n.firsts, b) }

// split puts a node for the first at bytes of n's label above n. n itself keeps its place in the prefix.
func (n *node[S]) split(at int) *node[S] {
	upper := &node[S]{label: n.label[:at:at], firsts: n.label[at : at+1 : at+1], children: []*node[S]{n}}
	n.label = n.label[at:]
	return upper
}

func sharedPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
