//go:build long && !windows

package outlive

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// ledger is what a client has got of numbers that are counted from 0 on: each has to come once and in order, or its loss has to be told
// at the place where it is missing.
type ledger struct {
	mu     sync.Mutex
	next   int  // number that comes next
	told   bool // since the last number it was told that some are missing
	last   time.Time
	got    int
	gaps   int // how often it was told that something is missing
	missed int // how many numbers were missing where that was told
	faults []string
}

// enter books what a Recv has returned. It fails when the client cannot go on.
func (l *ledger) enter(m zmq.Message, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var gap *zmq.GapError
	switch {
	case errors.As(err, &gap):
		l.gaps++
		l.told = true
		return nil
	case err != nil:
		return err
	}
	n, err := strconv.Atoi(string(m[0]))
	if err != nil {
		return err
	}
	switch {
	case n < l.next:
		l.fault("%d comes again, or late, where %d is next", n, l.next)
		return nil
	case n > l.next && !l.told:
		l.fault("%d comes where %d is next, and nobody has told", n, l.next)
	case n > l.next:
		l.missed += n - l.next
	}
	l.got++
	l.next, l.told, l.last = n+1, false, time.Now()
	return nil
}

// fault notes the first ones. The lock is held.
func (l *ledger) fault(text string, about ...any) {
	if len(l.faults) < 5 {
		l.faults = append(l.faults, fmt.Sprintf(text, about...))
	}
}

// reached is the number that comes next.
func (l *ledger) reached() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}
