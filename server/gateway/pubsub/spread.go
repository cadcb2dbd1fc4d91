package pubsub

import (
	"runtime"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// minShare is how many subscribers are worth a goroutine of their own: to deliver to one takes a few microseconds, most of
// which the kernel needs.
const minShare = 128

// deliver visits everybody who gets something of a burst, on all cores if they are many. It returns when all were visited, so
// that each gets one burst after the other.
func (f *Feed) deliver(b *burst.Burst) {
	targets := f.gathering.targets
	f.gathering.targets = targets[:0]
	defer clear(targets)
	shares := min(runtime.GOMAXPROCS(0), len(targets)/minShare)
	if shares <= 1 {
		visit(b, targets)
		return
	}
	var others shared
	size := (len(targets) + shares - 1) / shares
	for len(targets) > size {
		others.visit(b, targets[:size])
		targets = targets[size:]
	}
	visit(b, targets)
	others.wait()
}

// visit delivers to each what it gets.
func visit(b *burst.Burst, targets []*Subscription) {
	for _, x := range targets {
		part := burst.Part{Burst: b, Ranges: x.gathered}
		x.gathered = x.gathered[:0]
		x.deliver(part)
	}
}

// shared is work that other goroutines do. A panic of theirs is one of whoever waits, which deals with it.
type shared struct {
	running sync.WaitGroup
	mu      sync.Mutex
	cause   any
}

func (s *shared) visit(b *burst.Burst, targets []*Subscription) {
	s.running.Go(func() {
		defer func() {
			if cause := recover(); cause != nil {
				s.mu.Lock()
				s.cause = cause
				s.mu.Unlock()
			}
		}()
		visit(b, targets)
	})
}

func (s *shared) wait() {
	s.running.Wait()
	if s.cause != nil {
		panic(s.cause)
	}
}
