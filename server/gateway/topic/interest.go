package topic

import "slices"

// Interest is what publishers are asked for: one of them, or several that are asked for the same. It outlives connections: it
// knows of every wanted prefix which publishers have been told over the present connection, which have proven to apply it,
// and who waits for that. What is to be sent is state, not a queue of changes, so a prefix that comes and goes before it could
// be sent is never sent.
//
// A prefix is live when all publishers that are connected have proven to apply it, and at least one is connected. At first every
// publisher is waited for until it is connected or away.
//
// S is who waits. NewInterest makes one; there is no connection at first.
type Interest[S comparable] struct {
	publishers []publisher
	heardOf    uint64 // publishers that have been connected or away; one bit each
	connected  uint64 // publishers
	wanted     map[string]*want[S]
}

// MaxPublishers is how many publishers can be asked for the same.
const MaxPublishers = 64

// publisher is one that is asked.
type publisher struct {
	allowance *Allowance
	unsent    map[string]struct{} // prefixes whose state, wanted or not, is to be sent; nil while there is no connection
}

// want is what there is to know about a wanted prefix.
type want[S comparable] struct {
	taken   bool        // out of the allowances
	sent    uint64      // to these publishers over this connection, or it was wanted earlier and that is not canceled yet
	live    uint64      // proven to be applied by these
	waiting []waiter[S] // to be told when it is live
}

// waiter is somebody who wants to know when a prefix is live.
type waiter[S comparable] struct {
	who  S
	live func()
}

// NewInterest makes an Interest in nothing of one publisher, of which all prefixes together are within an allowance.
func NewInterest[S comparable](a *Allowance) Interest[S] {
	return Interest[S]{publishers: []publisher{{allowance: a}}, wanted: make(map[string]*want[S])}
}

// Add has one more publisher asked for the same. What is wanted already takes its part of the allowance even if there is no room.
// Where all others have been heard of it counts as away at first.
func (i *Interest[S]) Add(a *Allowance) {
	if i.heardOf == i.all() {
		i.heardOf |= 1 << len(i.publishers)
	}
	i.publishers = append(i.publishers, publisher{allowance: a})
	for prefix, w := range i.wanted {
		if w.taken {
			a.TakeAnyway(prefix)
		}
	}
}

// all are the publishers there are.
func (i *Interest[S]) all() uint64 { return 1<<len(i.publishers) - 1 }

// Want notes that one more subscriber asks for a prefix, if the allowances permit it.
func (i *Interest[S]) Want(prefix string) bool {
	if i.wanted[prefix] == nil {
		if !i.take(prefix) {
			return false
		}
		i.want(prefix, true)
	}
	i.announce(prefix)
	return true
}

// take takes a prefix out of all allowances, or of none.
func (i *Interest[S]) take(prefix string) bool {
	for n, p := range i.publishers {
		if !p.allowance.Take(prefix) {
			for _, taken := range i.publishers[:n] {
				taken.allowance.Give(prefix)
			}
			return false
		}
	}
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
	w := &want[S]{taken: taken}
	for n, p := range i.publishers {
		if _, canceling := p.unsent[prefix]; canceling {
			w.sent |= 1 << n
		}
	}
	i.wanted[prefix] = w
}

func (i *Interest[S]) announce(prefix string) {
	// It is sent also when somebody else has asked before: that changes nothing for a PUB, and a publisher that hands
	// out last values (XPUB_VERBOSE) wants to hear of every subscriber.
	for _, p := range i.publishers {
		if p.unsent != nil {
			p.unsent[prefix] = struct{}{}
		}
	}
}

// Drop notes that nobody asks for a prefix any more, which was wanted until now.
func (i *Interest[S]) Drop(prefix string) {
	w := i.wanted[prefix]
	delete(i.wanted, prefix)
	for n, p := range i.publishers {
		if w.taken {
			p.allowance.Give(prefix)
		}
		if w.sent&(1<<n) != 0 {
			p.unsent[prefix] = struct{}{}
		} else {
			delete(p.unsent, prefix) // it never left: there is nothing to cancel
		}
	}
}

// Live tells whether a prefix is wanted and live.
func (i *Interest[S]) Live(prefix string) bool {
	w := i.wanted[prefix]
	return w != nil && i.isLive(w)
}

func (i *Interest[S]) isLive(w *want[S]) bool {
	return i.connected != 0 && w.live&i.connected == i.connected && i.heardOf == i.all()
}

// Connections are the publishers that are connected; one bit each.
func (i *Interest[S]) Connections() uint64 { return i.connected }

// CountLive is how many prefixes are live.
func (i *Interest[S]) CountLive() (n int) {
	for _, w := range i.wanted {
		if i.isLive(w) {
			n++
		}
	}
	return n
}

// Await has a call for who returned by Settle or Disconnected when a prefix, which is wanted, is live.
func (i *Interest[S]) Await(prefix string, who S, live func()) {
	w := i.wanted[prefix]
	w.waiting = append(w.waiting, waiter[S]{who, live})
}

// Forgo undoes all that somebody has awaited of a prefix, which is wanted.
func (i *Interest[S]) Forgo(prefix string, who S) {
	w := i.wanted[prefix]
	w.waiting = slices.DeleteFunc(w.waiting, func(x waiter[S]) bool { return x.who == who })
}

// Connected notes that there is a new connection to a publisher, which has been told of nothing, so every prefix is to be sent.
func (i *Interest[S]) Connected(publisher int) {
	i.heardOf |= 1 << publisher
	i.connected |= 1 << publisher
	unsent := make(map[string]struct{}, len(i.wanted))
	for prefix := range i.wanted {
		unsent[prefix] = struct{}{}
	}
	i.publishers[publisher].unsent = unsent
}

// Disconnected notes that there is no connection to a publisher: nothing is live there any more, and nothing is to be sent. What
// others have proven may be live now that this one is not waited for; what is to be called for that is returned.
func (i *Interest[S]) Disconnected(publisher int) (calls []func()) {
	i.heardOf |= 1 << publisher
	i.connected &^= 1 << publisher
	i.publishers[publisher].unsent = nil
	for _, w := range i.wanted {
		w.sent &^= 1 << publisher
		w.live &^= 1 << publisher
		if i.isLive(w) {
			calls = w.release(calls)
		}
	}
	return calls
}

// Next takes up to limit of the prefixes whose state is to be sent to a publisher.
func (i *Interest[S]) Next(publisher, limit int) (changes []Change) {
	unsent := i.publishers[publisher].unsent
	for prefix := range unsent {
		if len(changes) == limit {
			break
		}
		delete(unsent, prefix)
		w := i.wanted[prefix]
		if w != nil {
			w.sent |= 1 << publisher
		}
		changes = append(changes, Change{prefix, w != nil})
	}
	return changes
}

// Settle notes what changes, which a publisher has proven to apply, asked for and is still wanted. It returns what is to be
// called for that, without a lock.
func (i *Interest[S]) Settle(publisher int, changes []Change) (calls []func()) {
	for _, change := range changes {
		w := i.wanted[change.Prefix]
		if !change.Wanted || w == nil {
			continue
		}
		if w.live |= 1 << publisher; i.isLive(w) {
			calls = w.release(calls)
		}
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
