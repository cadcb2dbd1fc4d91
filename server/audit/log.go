package audit

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

const (
	waiting = 1024 // decisions that wait for the file
	kept    = 1024 // decisions to be looked at
)

// Log is told of decisions. Its methods may be called from any goroutine.
type Log struct {
	queue   chan access.Decision // nil: there is no file
	dropped atomic.Uint64
	ended   chan struct{}

	mu     sync.Mutex
	closed bool
	last   []access.Decision // a ring
	next   int               // where the next one goes, when the ring is full
}

// New makes a Log that writes a line of JSON for each decision; w nil: it only keeps the last ones. It does not close w.
func New(w io.Writer) *Log {
	l := &Log{ended: make(chan struct{})}
	if w == nil {
		close(l.ended)
		return l
	}
	l.queue = make(chan access.Decision, waiting)
	go l.write(w) // ended by Close, which waits for it
	return l
}

// Decided notes a decision.
func (l *Log) Decided(d access.Decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.last) < kept {
		l.last = append(l.last, d)
	} else {
		l.last[l.next] = d
		l.next = (l.next + 1) % kept
	}
	if l.queue == nil || l.closed {
		return
	}
	select {
	case l.queue <- d:
	default:
		l.dropped.Add(1)
	}
}

// Dropped is how many decisions are missing in the file, because it did not take them, or not in time.
func (l *Log) Dropped() uint64 { return l.dropped.Load() }

// Last is the newest decisions that are wanted, the newest first, at most so many; want nil: all.
func (l *Log) Last(most int, want func(access.Decision) bool) []access.Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := []access.Decision{}
	for i := range l.last {
		d := l.last[(l.next-1-i+2*len(l.last))%len(l.last)]
		if len(found) == most {
			break
		}
		if want == nil || want(d) {
			found = append(found, d)
		}
	}
	return found
}

// Close writes what waits, and returns when that is done. Decisions after it are not written.
func (l *Log) Close() {
	l.mu.Lock()
	if !l.closed && l.queue != nil {
		close(l.queue)
	}
	l.closed = true
	l.mu.Unlock()
	<-l.ended
}

// together is how many bytes are written at once, about.
const together = 32 << 10

// write writes whole lines, as many at a time as wait.
func (l *Log) write(w io.Writer) {
	defer close(l.ended)
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	unwritten := uint64(0)
	for d := range l.queue {
		lines.Encode(d) // neither a Decision nor a Buffer fails
		unwritten++
		if len(l.queue) > 0 && out.Len() < together {
			continue
		}
		if _, err := out.WriteTo(w); err != nil {
			l.dropped.Add(unwritten)
		}
		out.Reset()
		unwritten = 0
	}
}
