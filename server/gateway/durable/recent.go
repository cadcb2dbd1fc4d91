package durable

import (
	"bytes"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// recent is what an ingester has heard last: messages, and marks where some are missing, numbered from 1 on. The oldest go when they
// take too much, or are stored and older than a take-over may need, and not among the last few; see room.go. Any goroutine may use it.
type recent struct {
	age     time.Duration
	least   int // so many are not too old
	room    Room
	changed chan struct{} // holds a token when something was added, and that is enough for who waits for it

	mu     sync.Mutex
	items  []item // numbered from first on
	first  uint64
	heard  int64     // bytes of all that ever was there, as they count in an entry
	enough bool      // who waits has to hear only of as much as makes an entry full
	wanted uint64    // number of the first item of that entry
	away   bool      // the store is: nothing gets too old, for nobody may store it
	back   time.Time // when it came back. What was there then may be needed for as long as if it had come then
	leads  bool      // the ingester stores what it hears
	stored uint64    // then all up to here is in the stream
	bytes  int64

	settled int64 // bytes that the portion knows of
	unasked int   // items since then
	ended   bool  // nothing is kept any more
}

// item is a message or, without a body, a mark.
type item struct {
	body   core.Body
	came   time.Time
	mark   *mark
	before int64 // recent.heard when it came
}

// mark is what is known of messages that are missing.
type mark struct {
	known   bool
	topic   []byte // of what is missing; nil: of any
	missing uint64 // 0: nobody knows
}

func (i *item) cost() int64 {
	if i.mark != nil {
		return itemPlace + int64(len(i.mark.topic))
	}
	return itemPlace + int64(len(i.body))
}

const (
	itemPlace = 64

	// A take-over comes after the lease has run out, which takes two seconds, and after a standby has noticed. Behind that the ring
	// reaches back by as much again.
	recentAge = 8 * time.Second

	// Of a publisher that seldom says something that is too little to be found in the stream, so what was heard last is not too old, either.
	recentLeast = 64
)

func newRecent(room Room) *recent {
	return &recent{age: recentAge, least: recentLeast, room: room.withDefaults(), changed: make(chan struct{}, 1), first: 1}
}

// next is the number of what comes next. The lock is held.
func (r *recent) next() uint64 { return r.first + uint64(len(r.items)) }

// hear adds messages, which are kept.
func (r *recent) hear(bodies []core.Body) {
	now := time.Now()
	r.mu.Lock()
	for _, body := range bodies {
		r.put(item{body: body, came: now})
	}
	r.trim(now)
	tell := !r.enough || r.fills(r.wanted)
	r.mu.Unlock()
	if tell {
		r.wake()
	}
}

// note adds a mark.
func (r *recent) note(m mark) {
	now := time.Now()
	m.topic = bytes.Clone(m.topic)
	r.mu.Lock()
	r.put(item{mark: &m, came: now})
	r.trim(now)
	r.mu.Unlock()
	r.wake()
}

func (r *recent) put(i item) {
	if r.ended {
		return
	}
	i.before = r.heard
	r.heard += int64(len(i.body)) + bodyPlace
	r.items = append(r.items, i)
	r.unasked++
	r.add(i.cost())
}

// trim drops what is too much, or too old. The lock is held.
func (r *recent) trim(now time.Time) {
	r.drop(now, r.room.Bytes)
	if differs := r.bytes - r.settled; r.unasked >= settleItems || differs >= settleStep || differs <= -settleStep {
		r.settle(now)
	}
}

// drop drops what is too old, and the oldest of what takes more than so many bytes. The lock is held.
func (r *recent) drop(now time.Time, most int64) {
	n := 0
	for ; n < len(r.items); n++ {
		i := &r.items[n]
		waits := r.leads && r.first+uint64(n) > r.stored
		if r.bytes <= most && (waits || len(r.items)-n <= r.least || !r.isOld(i, now)) {
			break
		}
		if waits && i.mark == nil {
			r.room.Counters.Unstored.Add(1) // the ingester finds that it is gone, and says so in the stream
		}
		r.add(-i.cost())
		r.items[n] = item{}
	}
	if n == 0 {
		return
	}
	r.first += uint64(n)
	if r.items = r.items[n:]; len(r.items) == 0 {
		r.items = nil // the array behind it would be kept
	}
}

// isOld tells whether a take-over cannot need it any more. The lock is held.
func (r *recent) isOld(i *item, now time.Time) bool {
	since := i.came
	if since.Before(r.back) {
		since = r.back
	}
	return !r.away && now.Sub(since) > r.age
}

// lose notes whether the store is away.
func (r *recent) lose(away bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away && !away {
		r.back = time.Now()
	}
	r.away = away
}

// lead notes whether what is heard is stored, and up to where it is.
func (r *recent) lead(leads bool, stored uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leads, r.stored = leads, stored
	r.trim(time.Now())
}

// from is what there is from a number on: a mark alone, or messages that fit into an entry, or nothing yet. What had to go before it
// was asked for is a mark, too. last is the number of the last item in it.
func (r *recent) from(number uint64) (bodies []core.Body, m *mark, last uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if number < r.first {
		return nil, new(mark), r.first - 1
	}
	size := 0
	for last = number - 1; last+1 < r.next() && len(bodies) < maxMessages; last++ {
		i := &r.items[last+1-r.first]
		if i.mark != nil {
			if len(bodies) == 0 {
				return nil, i.mark, last + 1
			}
			break
		}
		if size += len(i.body) + bodyPlace; len(bodies) > 0 && size > maxEntry {
			break
		}
		bodies = append(bodies, i.body)
	}
	return bodies, nil, last
}

const (
	bodyPlace = 4

	// An entry has so many bytes of messages, or one message, and not more messages than that.
	maxEntry    = 64 << 10
	maxMessages = 4096
)

// has tells whether there is something from a number on, and whether that makes an entry full. From then on, until has or await is called again,
// only what makes it full is told by changed.
func (r *recent) has(number uint64) (some, full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	some, full = number < r.next(), r.fills(number)
	r.enough, r.wanted = some && !full, number
	return some, full
}

// fills tells whether what there is from a number on makes an entry full, or is not there any more, which is to be told without delay. The
// lock is held.
func (r *recent) fills(number uint64) bool {
	if number >= r.next() {
		return false
	}
	return number < r.first || r.heard-r.items[number-r.first].before >= maxEntry || r.next()-number >= maxMessages
}

// snapshot is all that there is, and the number of the first.
func (r *recent) snapshot() (items []item, first uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]item(nil), r.items...), r.first
}

func (r *recent) wake() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}
