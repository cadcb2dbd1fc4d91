package prefix

import (
	"bytes"
	"slices"
)

// Tree holds one value for each of any number of prefixes. It is a radix tree: a look-up takes as long as the looked-up
// name is long, however many prefixes there are and however many lengths they have.
//
// The zero value is empty. It is not safe for concurrent use.
type Tree[V any] struct {
	root node[V]
}

// node stands for the prefix that the labels on the way from the root down to it spell.
type node[V any] struct {
	label    []byte
	firsts   []byte     // first bytes of the children's labels, which differ; kept apart, so that a search stays in one cache line
	children []*node[V] // in the same order
	value    *V         // nil: this very prefix is not in the tree
}

// Get returns the value of a prefix, or nil when it is not in the tree.
func (t *Tree[V]) Get(prefix string) *V {
	n := &t.root
	for len(prefix) > 0 {
		i := n.child(prefix[0])
		if i < 0 || !hasPrefix(prefix, n.children[i].label) {
			return nil
		}
		n = n.children[i]
		prefix = prefix[len(n.label):]
	}
	return n.value
}

// Put sets the value of a prefix, which must not be nil.
func (t *Tree[V]) Put(prefix string, value *V) {
	n, rest := &t.root, []byte(prefix)
	for len(rest) > 0 {
		i := n.child(rest[0])
		if i < 0 {
			i = len(n.children)
			n.firsts = append(n.firsts, rest[0])
			n.children = append(n.children, &node[V]{label: bytes.Clone(rest)})
		}
		child := n.children[i]
		if shared := sharedPrefix(child.label, rest); shared < len(child.label) {
			child = child.split(shared)
			n.children[i] = child
		}
		n, rest = child, rest[len(child.label):]
	}
	n.value = value
}

// Delete removes a prefix, and with it the nodes that only it needed. A prefix that is not in the tree is left alone.
func (t *Tree[V]) Delete(prefix string) {
	if t.Get(prefix) == nil {
		return
	}
	path := []*node[V]{&t.root}
	for rest := prefix; len(rest) > 0; {
		n := path[len(path)-1]
		n = n.children[n.child(rest[0])]
		path = append(path, n)
		rest = rest[len(n.label):]
	}
	path[len(path)-1].value = nil
	prune(path)
}

// prune removes the last node of a path, and those above it, as far as no prefix needs them any more.
func prune[V any](path []*node[V]) {
	for depth := len(path) - 1; depth > 0 && path[depth].value == nil; depth-- {
		n, parent := path[depth], path[depth-1]
		i := parent.child(n.label[0])
		switch len(n.children) {
		case 0:
			parent.firsts = slices.Delete(parent.firsts, i, i+1)
			parent.children = slices.Delete(parent.children, i, i+1)
			continue // the parent may have become superfluous, too
		case 1:
			only := n.children[0]
			only.label = slices.Concat(n.label, only.label)
			parent.children[i] = only
		}
		return
	}
}

// Match appends to dst the values of all prefixes that name begins with, the shortest prefix first, and returns it.
func (t *Tree[V]) Match(dst []*V, name []byte) []*V {
	n := &t.root
	for {
		if n.value != nil {
			dst = append(dst, n.value)
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

// Longest returns the value of the longest prefix that name begins with, or nil when there is none.
func (t *Tree[V]) Longest(name []byte) *V {
	var longest *V
	n := &t.root
	for {
		if n.value != nil {
			longest = n.value
		}
		if len(name) == 0 {
			return longest
		}
		i := n.child(name[0])
		if i < 0 || !bytes.HasPrefix(name, n.children[i].label) {
			return longest
		}
		n = n.children[i]
		name = name[len(n.label):]
	}
}

// child is the index of the child whose label begins with b, or negative.
func (n *node[V]) child(b byte) int { return bytes.IndexByte(n.firsts, b) }

// split puts a new node, for the first bytes of n's label, above n. What n stands for stays the same.
func (n *node[V]) split(at int) *node[V] {
	upper := &node[V]{label: n.label[:at:at], firsts: n.label[at : at+1 : at+1], children: []*node[V]{n}}
	n.label = n.label[at:]
	return upper
}

func hasPrefix(name string, label []byte) bool {
	return len(name) >= len(label) && name[:len(label)] == string(label)
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
