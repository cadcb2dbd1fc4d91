package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// requests records the requests of one client. Each has to get exactly one answer.
type requests struct {
	first uint64 // number of the first request

	mu sync.Mutex

	asked      uint64
	ok         uint64
	failed     map[core.Code]uint64
	failures   []failure
	wrong      uint64 // number of answers that belong to another request
	twice      uint64
	unfinished map[uint64]time.Time
}

// failure is a request that was not answered.
type failure struct {
	number     uint64
	code       core.Code
	start, end time.Time
}

func (f failure) String() string {
	return fmt.Sprintf("request %d (idempotent: %t): %v after %v", f.number, idempotent(f.number), f.code, f.end.Sub(f.start).Round(time.Millisecond))
}

// idempotent tells whether the request with this number is idempotent; every other one is.
func idempotent(number uint64) bool { return number%2 == 0 }

func newRequests(first uint64) *requests {
	return &requests{first: first, failed: map[core.Code]uint64{}, unfinished: map[uint64]time.Time{}}
}

func (r *requests) ask() (number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	number = r.first + r.asked
	r.asked++
	r.unfinished[number] = time.Now()
	return number
}

// askedAt notes a request that the page has sent.
func (r *requests) askedAt(number uint64, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	r.unfinished[number] = at
}

// answer notes the end of a request. right tells whether the reply belongs to it.
func (r *requests) answer(number uint64, err error, right bool) {
	r.answeredAt(number, core.CodeOf(err), right, time.Now())
}

func (r *requests) answeredAt(number uint64, code core.Code, right bool, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	start, known := r.unfinished[number]
	delete(r.unfinished, number)
	switch {
	case !known:
		r.twice++
	case code != core.OK:
		r.failed[code]++
		r.failures = append(r.failures, failure{number, code, start, at})
	case !right:
		r.wrong++
	default:
		r.ok++
	}
}

func (r *requests) codes() []core.Code { return slices.Sorted(maps.Keys(r.failed)) }

func (r *requests) pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.unfinished)
}
