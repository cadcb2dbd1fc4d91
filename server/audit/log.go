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
	dropped atomic.Uint64
	writing sync.WaitGroup

	mu     sync.Mutex
	queue  chan access.Decision // to whoever writes; nil: there is no file
	closed bool
	last   []access.Decision // a ring
	next   int               // where the next one goes, when the ring is full
}

// New makes a Log that writes a line of JSON for each decision; w nil: it only keeps the last ones. If w is an io.Closer, it is closed
// when the Log is done with it.
func New(w io.Writer) *Log {
	l := new(Log)
	l.Redirect(w)
	return l
}

// Redirect has what is decided from now on be written to another file; w nil: to none. It does not wait until what came before is written.
func (l *Log) Redirect(w io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		closeFile(w)
		return
	}
	if l.queue != nil {
		close(l.queue)
	}
	l.queue = nil
	if w != nil {
		queue := make(chan access.Decision, waiting)
		l.queue = queue
		l.writing.Go(func() { l.write(w, queue) }) // ended by Redirect or Close
	}
}

func closeFile(w io.Writer) {
	if c, ok := w.(io.Closer); ok {
		c.Close()
	}
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
	if l.queue == nil {
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
	l.Redirect(nil)
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.writing.Wait()
}

// together is how many bytes are written at once, about.
const together = 32 << 10

// write writes whole lines, as many at a time as wait.
func (l *Log) write(w io.Writer, queue <-chan access.Decision) {
	defer closeFile(w)
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	unwritten := uint64(0)
	for d := range queue {
		lines.Encode(d) // neither a Decision nor a Buffer fails
		unwritten++
		if len(queue) > 0 && out.Len() < together {
			continue
		}
		if _, err := out.WriteTo(w); err != nil {
			l.dropped.Add(unwritten)
		}
		out.Reset()
		unwritten = 0
	}
}
