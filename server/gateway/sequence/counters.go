package sequence

import (
	"sync"
	"sync/atomic"
)

// Counters is what was found out about messages of an endpoint since the bridge was started.
type Counters struct {
	Missing   atomic.Uint64 // messages that did not come
	Restarts  atomic.Uint64 // places where nobody knows what is missing
	Repeated  atomic.Uint64 // messages that came again, and were dropped
	Malformed atomic.Uint64 // messages without a number
	Forgotten atomic.Uint64 // topics that there was no room for
	Filled    atomic.Uint64 // messages that did not come, and that the publisher had another time
}

func (n *Counters) add(v Verdict) {
	switch v.Kind {
	case Repeat:
		n.Repeated.Add(1)
	case Gap:
		n.Missing.Add(v.Missing)
	case Unknown:
		n.Restarts.Add(1)
	case Malformed:
		n.Malformed.Add(1)
	}
}

// Totals is a snapshot of Counters.
type Totals struct {
	Missing   uint64 `json:"missing"`
	Restarts  uint64 `json:"restarts"`
	Repeated  uint64 `json:"repeated"`
	Malformed uint64 `json:"malformed"`
	Forgotten uint64 `json:"forgotten"`
	Filled    uint64 `json:"filled"`
}

func (n *Counters) totals() Totals {
	return Totals{Missing: n.Missing.Load(), Restarts: n.Restarts.Load(), Repeated: n.Repeated.Load(), Malformed: n.Malformed.Load(),
		Forgotten: n.Forgotten.Load(), Filled: n.Filled.Load()}
}

// Book has the Counters of every endpoint, by its name, and outlives them. The zero Book is empty.
type Book struct {
	mu     sync.Mutex
	byName map[string]*Counters
}

// Of are the Counters of an endpoint.
func (b *Book) Of(name string) *Counters {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byName == nil {
		b.byName = map[string]*Counters{}
	}
	if b.byName[name] == nil {
		b.byName[name] = new(Counters)
	}
	return b.byName[name]
}

// Totals is what was found out, by the name of the endpoint.
func (b *Book) Totals() map[string]Totals {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make(map[string]Totals, len(b.byName))
	for name, n := range b.byName {
		all[name] = n.totals()
	}
	return all
}
