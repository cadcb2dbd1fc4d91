package record

import (
	"slices"
	"sync"
	"time"
)

// Recovery measures how long a client gets nothing: from a fault until something is delivered on a connection that was made
// after the fault.
type Recovery struct {
	mu sync.Mutex

	harms    []harm
	returns  []Comeback
	welcomed time.Time // when the bridge welcomed the client, if nothing was delivered since; otherwise zero
}

type harm struct {
	at    time.Time
	cause Cause
}

// Comeback is a connection on which something was delivered.
type Comeback struct{ Welcomed, Delivered time.Time }

type Cause uint8

const (
	ByCut Cause = iota
	ByKill
	ByDrain
	causes
)

var CauseNames = [causes]string{"after a cut", "after SIGKILL of the bridge", "after SIGTERM of the bridge"}

// Harm notes a fault.
func (r *Recovery) Harm(at time.Time, why Cause) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.harms = append(r.harms, harm{at, why})
}

// Left notes that the client has left its connection. Until then a bridge that was asked to end still delivers, so the time to
// recover counts from here.
func (r *Recovery) Left(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.harms); n > 0 && r.harms[n-1].cause == ByDrain && len(r.returns) > 0 && r.harms[n-1].at.After(r.returns[len(r.returns)-1].Delivered) {
		r.harms[n-1].at = at
	}
}

// Welcome notes that the bridge has welcomed the client again.
func (r *Recovery) Welcome(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.welcomed = at
}

// Delivered notes that a message or a reply has come.
func (r *Recovery) Delivered() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.welcomed.IsZero() {
		r.returns = append(r.returns, Comeback{r.welcomed, time.Now()})
		r.welcomed = time.Time{}
	}
}

func (r *Recovery) ComeBack(c Comeback) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.returns = append(r.returns, c)
}

// calm is how old the last fault has to be before the client counts as recovered. Within that time, what is delivered may be
// from before the fault.
const calm = time.Second

// Over tells whether something was delivered since the last fault.
func (r *Recovery) Over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.returns) == 0 {
		return false
	}
	if len(r.harms) == 0 {
		return true
	}
	last := r.harms[len(r.harms)-1].at
	return time.Since(last) > calm && last.Before(r.returns[len(r.returns)-1].Welcomed)
}

// Samples are the times that recovering took. If a client had to recover from several faults at once, its time counts for the
// worst of them.
func (r *Recovery) Samples() (samples [causes][]time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	harms := slices.SortedFunc(slices.Values(r.harms), func(a, b harm) int { return a.at.Compare(b.at) })
	for _, c := range r.returns {
		count, worst := 0, ByCut
		for count < len(harms) && harms[count].at.Before(c.Welcomed) {
			worst = max(worst, harms[count].cause)
			count++
		}
		if count > 0 {
			samples[worst] = append(samples[worst], c.Delivered.Sub(harms[0].at))
			harms = harms[count:]
		}
	}
	return samples
}

// Quantiles returns the median, the 99th percentile and the maximum of some times.
func Quantiles(samples []time.Duration) (p50, p99, most time.Duration) {
	if len(samples) == 0 {
		return 0, 0, 0
	}
	sorted := slices.Sorted(slices.Values(samples))
	at := func(q int) time.Duration { return sorted[(len(sorted)-1)*q/100] }
	return at(50), at(99), sorted[len(sorted)-1]
}
