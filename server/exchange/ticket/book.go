package ticket

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Life is how long a ticket opens something. What was opened with it goes on.
const Life = time.Minute

// How many tickets there may be at a time.
const (
	Most         = 10_000
	MostPerOwner = 100
)

// Room is where a Book has the memory of its tickets from.
type Room interface {
	Take(bytes int) bool
	Give(bytes int)
}

// Book is the tickets that there are.
type Book struct {
	room    Room
	refused func() // is told that one was not made because there are too many

	mu     sync.Mutex
	byHash map[hash]*ticket
	oldest []*ticket // in the order in which they end
	owned  map[string]int
	timer  *time.Timer // nil: there are none
	closed bool
}

type hash [sha256.Size]byte

type ticket struct {
	hash     hash
	owner    string
	endpoint string
	maker    *http.Request
	cost     int
	ends     time.Time
}

// NewBook makes a Book, which tells of each ticket that is refused because there are too many. Close ends it.
func NewBook(room Room, refused func()) *Book {
	return &Book{room: room, refused: refused, byHash: map[hash]*ticket{}, owned: map[string]int{}}
}

// Make makes a ticket for an endpoint. What is kept of the request that asks for it takes so many bytes. Owner is who it counts for:
// a user, or a network address.
func (b *Book) Make(owner, endpoint string, maker *http.Request, bytes int) (text string, err error) {
	text = rand.Text()
	t := &ticket{hash: sha256.Sum256([]byte(text)), owner: owner, endpoint: endpoint, maker: maker, cost: bytes + ticketCost + len(owner)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	switch {
	case b.closed:
		return "", errClosed
	case b.owned[owner] >= MostPerOwner:
		b.refused()
		return "", errOwner
	case len(b.oldest) >= Most || !b.room.Take(t.cost):
		b.refused()
		return "", errFull
	}
	t.ends = time.Now().Add(Life)
	b.byHash[t.hash] = t
	b.oldest = append(b.oldest, t)
	b.owned[owner]++
	if b.timer == nil {
		b.timer = time.AfterFunc(Life, b.clean)
	}
	return text, nil
}

// ticketCost is what a ticket takes besides its request.
const ticketCost = 512

var (
	errClosed = core.NewError(core.Closed, "the bridge is shutting down")
	errOwner  = core.NewError(core.Busy, "you have as many tickets as anybody may; each ends after a minute")
	errFull   = core.NewError(core.Busy, "there are too many tickets; each ends after a minute")
)

// Maker is the request that a ticket for an endpoint was made with; nil: it is none, or none any more. Nobody changes it.
func (b *Book) Maker(text, endpoint string) *http.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	if t := b.byHash[sha256.Sum256([]byte(text))]; t != nil && t.endpoint == endpoint {
		return t.maker
	}
	return nil
}

// Close forgets all tickets. Nobody makes another one.
func (b *Book) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for _, t := range b.oldest {
		b.forget(t)
	}
	b.oldest = nil
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
}

// clean forgets those that have ended, also when nobody asks for any.
func (b *Book) clean() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sweep()
	switch {
	case b.timer == nil: // closed
	case len(b.oldest) == 0:
		b.oldest, b.timer = nil, nil
	default:
		b.timer.Reset(time.Until(b.oldest[0].ends))
	}
}

// sweep forgets those that have ended. The lock is held.
func (b *Book) sweep() {
	now := time.Now()
	for len(b.oldest) > 0 && !now.Before(b.oldest[0].ends) {
		b.forget(b.oldest[0])
		b.oldest[0] = nil
		b.oldest = b.oldest[1:]
	}
}

func (b *Book) forget(t *ticket) {
	delete(b.byHash, t.hash)
	if b.owned[t.owner]--; b.owned[t.owner] == 0 {
		delete(b.owned, t.owner)
	}
	b.room.Give(t.cost)
}
