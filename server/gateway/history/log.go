package history

import (
	"crypto/rand"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Log is what is kept of what a publisher has said, or several whose messages are one stream. Its owner's lock guards all of it but Delivered.
type Log struct {
	ring
	epoch    atomic.Pointer[string]
	archive  Archive       // has what is older than what is here; nil: nobody has
	adopted  chan struct{} // of a cache: closed by the first Adopt
	prefixes []string
	born     time.Time
	counters *Counters

	portion Portion // nil: nothing but its own bounds limits it
	settled int64   // bytes that the portion knows of
	unasked int     // messages since then

	recording uint64 // publishers at which the prefixes are live; one bit each
	started   bool   // there has been one

	delivered atomic.Uint64 // all up to here was handed to the subscribers
}

// Counters is what logs count, all those together that share it.
type Counters struct {
	Messages atomic.Int64  // gauge: kept
	Bytes    atomic.Int64  // gauge: what they take, with what it costs to keep them
	Holes    atomic.Uint64 // places where messages are missing because the publisher was away

	Displaced atomic.Uint64 // messages that had to go because all logs together take too much
}

// Portion is what a log has of the memory for all of them.
type Portion interface {
	// Hold says how many bytes the log takes now, and returns how many of them it has to give up.
	Hold(bytes int64) (excess int64)

	// Leave says that it takes none any more, and will not again.
	Leave()
}

// A log asks its portion once for so many bytes that it has more or less than that knows of, or for so many messages: others may need
// room.
const (
	settleStep     = 16 << 10
	settleMessages = 64
)

// New makes a log, with a portion if there is one; nil: no more than its bounds limits it. It returns nil when nothing is to be kept. The epoch of a log is never used again, so a place in one is
// never taken for a place in another.
func New(wanted access.History, portion func() Portion, n *Counters) *Log {
	if wanted.KeepsNothing() {
		return nil
	}
	l := newLog(wanted.WithDefaults(), portion, n)
	epoch := rand.Text()
	l.epoch.Store(&epoch)
	return l
}

func newLog(wanted access.History, portion func() Portion, n *Counters) *Log {
	l := &Log{ring: newRing(wanted), prefixes: wanted.Prefixes, born: time.Now(), counters: n}
	if portion != nil {
		l.portion = portion()
	}
	return l
}

// Epoch is the name of the log; "": it has none yet, as long as nothing was adopted. It may be called without the lock.
func (l *Log) Epoch() string {
	if epoch := l.epoch.Load(); epoch != nil {
		return *epoch
	}
	return ""
}

// Prefixes says which messages the log keeps: those that begin with one of these. They must not be modified.
func (l *Log) Prefixes() []string { return l.prefixes }

// Lifetime is how long a log is of use while nobody reads it; negative: for ever.
func (l *Log) Lifetime() time.Duration {
	if l.bounds.Age <= 0 {
		return -1
	}
	return l.bounds.Age
}

func (l *Log) now() time.Duration { return time.Since(l.born) }

// Keep puts a message into the log and returns its offset; 0: the log is not about such messages.
func (l *Log) Keep(topic []byte, body core.Body) (offset uint64) {
	if !l.about(topic) {
		return 0
	}
	defer l.account(l.len(), l.bytes)
	offset = l.put(body, l.now())
	l.unasked++
	if differs := l.bytes - l.settled; l.unasked >= settleMessages || differs >= settleStep || differs <= -settleStep {
		l.settle()
	}
	return offset
}

// settle tells the portion what the log takes, and drops the oldest messages where that is more than there is room for.
func (l *Log) settle() {
	if l.portion == nil {
		return
	}
	excess := l.portion.Hold(l.bytes)
	if excess > 0 {
		for most := l.bytes - excess; l.bytes > most; {
			l.drop()
			l.counters.Displaced.Add(1)
		}
		l.portion.Hold(l.bytes)
	}
	l.settled, l.unasked = l.bytes, 0
}

// Miss notes that a message was not given to the log, which is about it if it is about its topic.
func (l *Log) Miss(topic []byte) {
	if l.recording != 0 && l.about(topic) {
		l.hole()
	}
}

func (l *Log) about(topic []byte) bool {
	for _, prefix := range l.prefixes {
		if len(prefix) <= len(topic) && string(topic[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}

// account brings the gauges up to date with what has changed since there were so many messages and bytes.
func (l *Log) account(messages int, bytes int64) {
	l.counters.Messages.Add(int64(l.len() - messages))
	l.counters.Bytes.Add(l.bytes - bytes)
}

// ForgetOld drops what is too old. It is called also while nothing comes.
func (l *Log) ForgetOld() {
	defer l.account(l.len(), l.bytes)
	l.trim(l.now())
	l.settle()
}

// ForgetAll ends a log: everything is dropped, and what is still put into it is not kept.
func (l *Log) ForgetAll() {
	defer l.account(l.len(), l.bytes)
	l.bounds = access.History{}
	l.trim(l.now())
	if l.portion != nil {
		l.portion.Leave()
		l.portion = nil
	}
}

// Recording are the publishers of which all is there that they say now: between Resume and Interrupt. Each has a bit.
func (l *Log) Recording() uint64 { return l.recording }

// Started tells whether Resume was called ever.
func (l *Log) Started() bool { return l.started }

// Interrupt notes that messages of some publishers are missing from here on, because the connection was lost.
func (l *Log) Interrupt(publishers uint64) {
	if l.archive == nil && l.recording&publishers != 0 {
		l.recording &^= publishers
		l.hole()
	}
}

// Resume notes that the prefixes are live at some publishers, for the first time or again: what came in between was not all
// there was. The hole takes a place of its own, so that a subscriber who comes now stands behind it.
func (l *Log) Resume(publishers uint64) {
	if l.archive != nil || publishers&^l.recording == 0 {
		return
	}
	l.recording |= publishers
	if l.started {
		l.hole()
	}
	l.started = true
}

func (l *Log) hole() {
	defer l.account(l.len(), l.bytes)
	at := l.put(nil, l.now())
	l.delivered.CompareAndSwap(at-1, at) // there is nothing to deliver
	l.counters.Holes.Add(1)
}

// Delivered notes that all messages up to an offset were handed to the subscribers. It is the only method that may be called
// without the lock.
func (l *Log) Delivered(offset uint64) { l.delivered.Store(offset) }

// Reached is the place up to which all subscribers have been given what concerns them.
func (l *Log) Reached() uint64 {
	at := l.delivered.Load()
	for at+1 >= l.first && at+1 < l.next && l.at(at+1).isHole() {
		at++
	}
	return at
}

// Memory is how many bytes it takes to keep what there is.
func (l *Log) Memory() int64 { return l.bytes }

// Oldest is the offset of the oldest message there is, or of the next one when there is none.
func (l *Log) Oldest() uint64 { return l.first }

// includes tells whether the log is about all messages that begin with a prefix.
func (l *Log) includes(prefix string) bool {
	for _, kept := range l.prefixes {
		if strings.HasPrefix(prefix, kept) {
			return true
		}
	}
	return false
}
