package place

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Connections are this bridge's, which bear names. One stays for a while after the last page of its name has gone, since that may come
// back, and to a ROUTER it is still the peer of that name.
type Connections interface {
	// WhenNameless calls ended once none bears a name any more, before it returns or from another goroutine, without a lock.
	WhenNameless(ep core.Endpoint, identity string, ended func())

	// VacateName closes those that nobody uses.
	VacateName(ep core.Endpoint, identity string)
}

// hold is a place that other bridges know to be this one's. It outlasts the tenures here: it is given back when nobody here has the place
// and no connection bears its name any more, which the ROUTER could take for whoever has it next, at another bridge.
type hold struct {
	release func()
	watched bool // it is going to be told when no connection bears the name
}

// isHeld tells whether a place is this bridge's already.
func (l *Ledger) isHeld(p Place) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held[p] != nil
}

// holds notes that a place is this bridge's.
func (l *Ledger) holds(p Place, release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[p] = &hold{release: release}
}

// passOn grants a place that somebody had to whoever is next; nil: nobody is.
func (l *Ledger) passOn(p Place, next *claim) {
	if next != nil {
		next.grant()
		return
	}
	l.mu.Lock()
	h := l.held[p]
	watches := h != nil && !h.watched
	if watches {
		h.watched = true
	}
	l.mu.Unlock()
	switch {
	case !watches:
	case l.elsewhere.Connections == nil:
		l.nameless(p, h)
	default:
		l.elsewhere.Connections.WhenNameless(p.Endpoint, p.Identity, func() { l.nameless(p, h) })
	}
}

// nameless gives a place back, unless somebody here has it again.
func (l *Ledger) nameless(p Place, h *hold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h.watched = false
	if l.taken[p] == nil && l.held[p] == h {
		delete(l.held, p)
		h.release()
	}
}

// wanted is told that another bridge asks for a place, which it can have at once if only a connection is left of it.
func (l *Ledger) wanted(p Place) {
	l.mu.Lock()
	vacant := l.held[p] != nil && l.taken[p] == nil
	l.mu.Unlock()
	if vacant {
		l.vacate(p)
	}
}

// lost is told that a place is another bridge's by now.
func (l *Ledger) lost(p Place) {
	l.mu.Lock()
	delete(l.held, p)
	t := l.taken[p]
	if t == nil {
		l.mu.Unlock()
		l.vacate(p)
		return
	}
	owner := t.owner
	l.mu.Unlock()
	l.elsewhere.Dismiss(owner.handle.SessionID())
}

func (l *Ledger) vacate(p Place) {
	if l.elsewhere.Connections != nil {
		l.elsewhere.Connections.VacateName(p.Endpoint, p.Identity)
	}
}
