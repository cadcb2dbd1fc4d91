package pacing

import (
	"sync"
	"time"
)

// Book has the Pace of each sender at each endpoint.
type Book struct {
	most int

	mu    sync.Mutex
	paces map[key]*Pace
}

type key struct{ sender, endpoint string }

// NewBook makes a Book that remembers at most so many of whom no socket is open any more.
func NewBook(most int) *Book { return &Book{most: most, paces: map[key]*Pace{}} }

// Of is how fast a sender may send to an endpoint: so many messages a second, for all who have it by now, too. Release follows.
func (b *Book) Of(sender, endpoint string, perSecond float64) *Pace {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := key{sender, endpoint}
	p := b.paces[k]
	if p == nil {
		b.makeRoom(time.Now())
		p = &Pace{book: b, key: k}
		b.paces[k] = p
	}
	p.users++
	p.interval = time.Duration(min(float64(time.Second)/perSecond, float64(time.Hour)))
	return p
}

// looks is how many of a full book are looked at to find room for another: who comes is not to pay for how many there are.
const looks = 16

// makeRoom forgets some who have no socket: those who would have to wait for nothing, and if there is none, anybody. The lock is held.
func (b *Book) makeRoom(now time.Time) {
	if len(b.paces) < b.most {
		return
	}
	var unused *Pace
	left := looks
	for k, p := range b.paces { // which begins anywhere
		if left--; left < 0 || len(b.paces) < b.most {
			break
		}
		switch {
		case p.users > 0:
		case p.next.Before(now.Add(-burst)):
			delete(b.paces, k)
		default:
			unused = p
		}
	}
	if unused != nil && len(b.paces) >= b.most {
		delete(b.paces, unused.key)
	}
}

// Pace is how fast one sender may send to one endpoint.
type Pace struct {
	book *Book
	key  key

	// Guarded by the book's mutex.
	users    int // sockets
	interval time.Duration
	next     time.Time // when the next message may leave, if they are evenly spread
}

// burst is how much time that was not used counts: so much may leave at once.
const burst = 100 * time.Millisecond

// Release is called once for each Of. What was sent stays in mind.
func (p *Pace) Release() {
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	p.users--
}

// reserve is when a message may leave; nobody else is given that time.
func (p *Pace) reserve(now time.Time) (at time.Time) {
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	if earliest := now.Add(-burst); p.next.Before(earliest) {
		p.next = earliest
	}
	at = p.next
	p.next = p.next.Add(p.interval)
	return at
}

// giveBack is told that nothing has left in a time that was reserved.
func (p *Pace) giveBack() {
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	p.next = p.next.Add(-p.interval)
}
