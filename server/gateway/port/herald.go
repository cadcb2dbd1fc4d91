package port

import (
	"container/list"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// herald tells the page of an XPUB what its peers want: \x01 and a prefix for the first subscription to it, \x00 for the
// end of the last. What it keeps is state, not a queue: a page that comes later is told of all that is wanted, and one that
// has no room hears, when it has some, only what is different from what it knows. So no peer can make it grow beyond the
// prefixes there are, and no peer waits for the page.
type herald struct {
	mu      sync.Mutex
	page    *Port // nil: there is none
	told    map[string]struct{}
	pending map[string]*list.Element
	order   list.List // of change: what is to be told, oldest first
	telling bool      // some goroutine is at it
	again   bool      // the page has had room since it was asked last
}

func newHerald() *herald {
	return &herald{told: make(map[string]struct{}), pending: make(map[string]*list.Element)}
}

// note is called with the publisher's lock held, so that changes are noted in the order they were made; tell follows it
// without.
func (h *herald) note(c topic.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(c.Prefix)
	if _, told := h.told[c.Prefix]; told != c.Wanted {
		h.pending[c.Prefix] = h.order.PushBack(c)
	}
}

// forget drops what is to be told of a prefix. The caller holds the lock.
func (h *herald) forget(prefix string) (was bool) {
	e := h.pending[prefix]
	if e == nil {
		return false
	}
	h.order.Remove(e)
	delete(h.pending, prefix)
	return true
}

// attach makes x, or nobody, the page, which knows nothing yet. tell follows.
func (h *herald) attach(x *Port) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.page = x
	for prefix := range h.told {
		if !h.forget(prefix) { // else it was to be told of the end
			h.pending[prefix] = h.order.PushBack(topic.Change{Prefix: prefix, Wanted: true})
		}
	}
	clear(h.told)
}

// tell tells the page what it does not know, as long as it has room. It is called when there is news, and when there is
// room again; whoever is at it already goes on for all.
func (h *herald) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.telling {
		h.again = true
		return
	}
	h.telling = true
	for h.page != nil && h.order.Len() > 0 {
		h.again = false
		x, c := h.page, h.begin()
		h.mu.Unlock()
		took := x.receive(core.Message{c.Frame()})
		h.mu.Lock()
		if took || h.page != x { // another page was given all there is to be told
			continue
		}
		h.undo(c)
		if !h.again {
			break
		}
	}
	h.telling = false
}

// begin takes the oldest news, as if it were told: what is noted meanwhile comes after it. The caller holds the lock.
func (h *herald) begin() topic.Change {
	c := h.order.Remove(h.order.Front()).(topic.Change)
	delete(h.pending, c.Prefix)
	h.mark(c.Prefix, c.Wanted)
	return c
}

// undo puts back news that was not taken. If the opposite has been noted since, both are none. The caller holds the lock.
func (h *herald) undo(c topic.Change) {
	h.mark(c.Prefix, !c.Wanted)
	if !h.forget(c.Prefix) {
		h.pending[c.Prefix] = h.order.PushFront(c)
	}
}

func (h *herald) mark(prefix string, told bool) {
	if told {
		h.told[prefix] = struct{}{}
	} else {
		delete(h.told, prefix)
	}
}
