package limit

import (
	"maps"
	"sync"
	"time"
)

// Addresses is how fast requests may come over HTTP, from one network address. A WebSocket is read more slowly; a request is a session of
// its own, so that too many of them have to be turned away. Who is admitted is not made to wait any more. Anybody may ask it.
type Addresses struct {
	limits func() Rates // of the moment

	mu sync.Mutex
	by map[string]*Throttle
	of Rates // what those in by go by
}

// Rates are how fast requests may come.
type Rates struct {
	Messages, Bytes float64 // per second; 0: no limit
	Most            int     // addresses that are known at a time
}

// NewAddresses makes an Addresses, which asks for the limits of the moment.
func NewAddresses(limits func() Rates) *Addresses { return &Addresses{limits: limits} }

// Admits tells whether a request from an address, which has so many bytes as far as that is known, is not too soon.
func (a *Addresses) Admits(remote string, bytes int64, now time.Time) bool {
	limits := a.limits()
	if limits.Messages <= 0 && limits.Bytes <= 0 {
		return true
	}
	from := Address(remote)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of != limits {
		a.of, a.by = limits, map[string]*Throttle{}
	}
	t := a.by[from]
	if t == nil {
		if t = a.newcomer(now); t == nil {
			return false
		}
		a.by[from] = t
	}
	if t.Spend(0, 0, now) > 0 {
		return false
	}
	t.Spend(1, int(max(0, bytes)), now)
	return true
}

// newcomer finds a place for another address, if need be that of those who owe nothing. Nil: there is none.
func (a *Addresses) newcomer(now time.Time) *Throttle {
	if len(a.by) >= a.of.Most {
		maps.DeleteFunc(a.by, func(_ string, t *Throttle) bool { return t.Spend(0, 0, now) == 0 })
	}
	if len(a.by) >= a.of.Most {
		return nil
	}
	return NewThrottle(a.of.Messages, a.of.Bytes, now.Add(-time.Second)) // the first ones may come at once
}

// Pay is told of the bytes of a request that were not known when it was admitted.
func (a *Addresses) Pay(remote string, bytes int, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.by[Address(remote)]; t != nil {
		t.Spend(0, bytes, now)
	}
}
