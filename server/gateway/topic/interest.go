package topic

import "slices"

// Interest is what one publisher is asked for. It outlives connections: it knows of every wanted prefix whether the
// publisher at the other end of the present connection has been told, whether it has proven to apply it, and who waits for
// that. What is to be sent is state, not a queue of changes, so a prefix that comes and goes before it could be sent is
// never sent.
//
// S is who waits. NewInterest makes one; there is no connection at first.
type Interest[S comparable] struct {
	allowance *Allowance
	wanted    map[string]*want[S]
	unsent    map[string]struct{} // prefixes whose state, wanted or not, is to be sent; nil while there is no connection
}

// want is what there is to know about a wanted prefix.
type want[S comparable] struct {
	taken   bool        // out of the allowance
	sent    bool        // over this connection, or it was wanted earlier and that is not canceled yet
	live    bool        // proven to be applied by the publisher
	waiting []waiter[S] // to be told when it is
}

// waiter is somebody who wants to know when a prefix is live.
type waiter[S comparable] struct {
	who  S
	live func()
}

// NewInterest makes an Interest in nothing, of which all prefixes together are within an allowance.
func NewInterest[S comparable](a *Allowance) Interest[S] {
	return Interest[S]{allowance: a, wanted: make(map[string]*want[S])}
}

// Want notes that one more subscriber asks for a prefix, if the allowance permits it.
func (i *Interest[S]) Want(prefix string) bool {
	if i.wanted[prefix] == nil {
		if !i.allowance.Take(prefix) {
			return false
		}
		i.want(prefix, true)
	}
	i.announce(prefix)
	return true
}

// WantAnyway is Want for a prefix that no allowance is needed for.
func (i *Interest[S]) WantAnyway(prefix string) {
	if i.wanted[prefix] == nil {
		i.want(prefix, false)
	}
	i.announce(prefix)
}

func (i *Interest[S]) want(prefix string, taken bool) {
	_, canceling := i.unsent[prefix]
	i.wanted[prefix] = &want[S]{taken: taken, sent: canceling}
}

func (i *Interest[S]) announce(prefix string) {
	// It is sent also when somebody else has asked before: that changes nothing for a PUB, and a publisher that hands
	// out last values (XPUB_VERBOSE) wants to hear of every subscriber.
	if i.unsent != nil {
		i.unsent[prefix] = struct{}{}
	}
}

// Drop notes that nobody asks for a prefix any more, which was wanted until now.
func (i *Interest[S]) Drop(prefix string) {
	sent := i.wanted[prefix].sent
	if i.wanted[prefix].taken {
		i.allowance.Give(prefix)
	}
	delete(i.wanted, prefix)
	if sent {
		i.unsent[prefix] = struct{}{}
	} else {
		delete(i.unsent, prefix) // it never left: there is nothing to cancel
	}
}

// Live tells whether a prefix is wanted and proven to be applied.
func (i *Interest[S]) Live(prefix string) bool {
	w := i.wanted[prefix]
	return w != nil && w.live
}

// CountLive is how many prefixes are live.
func (i *Interest[S]) CountLive() (n int) {
	for _, w := range i.wanted {
		if w.live {
			n++
		}
	}
	return n
}

// Await has Settle return a call for who when a prefix, which is wanted, is live.
func (i *Interest[S]) Await(prefix string, who S, live func()) {
	w := i.wanted[prefix]
	w.waiting = append(w.waiting, waiter[S]{who, live})
}

// Forgo undoes all that somebody has awaited of a prefix, which is wanted.
func (i *Interest[S]) Forgo(prefix string, who S) {
	w := i.wanted[prefix]
	w.waiting = slices.DeleteFunc(w.waiting, func(x waiter[S]) bool { return x.who == who })
}

// Connected notes that there is a new connection. Its publisher has been told of nothing, so every prefix is to be sent.
func (i *Interest[S]) Connected() {
	i.unsent = make(map[string]struct{}, len(i.wanted))
	for prefix := range i.wanted {
		i.unsent[prefix] = struct{}{}
	}
}

// Disconnected notes that the connection has ended: nothing is live any more, and nothing is to be sent.
func (i *Interest[S]) Disconnected() {
	i.unsent = nil
	for _, w := range i.wanted {
		w.sent, w.live = false, false
	}
}

// Next takes up to limit of the prefixes whose state is to be sent.
func (i *Interest[S]) Next(limit int) (changes []Change) {
	for prefix := range i.unsent {
		if len(changes) == limit {
			break
		}
		delete(i.unsent, prefix)
		w := i.wanted[prefix]
		if w != nil {
			w.sent = true
		}
		changes = append(changes, Change{prefix, w != nil})
	}
	return changes
}

// Settle marks as live what changes, which the publisher has proven to apply, asked for and is still wanted. It returns what
// is to be called for that, without a lock.
func (i *Interest[S]) Settle(changes []Change) (calls []func()) {
	for _, change := range changes {
		w := i.wanted[change.Prefix]
		if !change.Wanted || w == nil {
			continue
		}
		w.live = true
		calls = w.release(calls)
	}
	return calls
}

// Abandon forgets who waits, whatever for, and returns what is to be called for that, without a lock.
func (i *Interest[S]) Abandon() (calls []func()) {
	for _, w := range i.wanted {
		calls = w.release(calls)
	}
	return calls
}

// release appends what those who wait want to be called.
func (w *want[S]) release(calls []func()) []func() {
	for _, x := range w.waiting {
		calls = append(calls, x.live)
	}
	w.waiting = nil
	return calls
}
