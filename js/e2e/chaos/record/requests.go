package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Requests records the requests of one client. Each has to get exactly one answer.
type Requests struct {
	First uint64 // number of the first request

	mu sync.Mutex

	Asked      uint64
	OK         uint64
	failed     map[core.Code]uint64
	Failures   []Failure
	Wrong      uint64 // number of answers that belong to another request
	Twice      uint64
	Unfinished map[uint64]time.Time
}

// Failure is a request that was not answered.
type Failure struct {
	Number     uint64
	Code       core.Code
	Start, End time.Time
}

func (f Failure) String() string {
	return fmt.Sprintf("request %d (idempotent: %t): %v after %v", f.Number, Idempotent(f.Number), f.Code, f.End.Sub(f.Start).Round(time.Millisecond))
}

// Idempotent tells whether the request with this number is idempotent; every other one is.
func Idempotent(number uint64) bool { return number%2 == 0 }

func NewRequests(first uint64) *Requests {
	return &Requests{First: first, failed: map[core.Code]uint64{}, Unfinished: map[uint64]time.Time{}}
}

func (r *Requests) Ask() (number uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	number = r.First + r.Asked
	r.Asked++
	r.Unfinished[number] = time.Now()
	return number
}

// AskedAt notes a request that the page has sent.
func (r *Requests) AskedAt(number uint64, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Asked++
	r.Unfinished[number] = at
}

// Answer notes the end of a request. right tells whether the reply belongs to it.
func (r *Requests) Answer(number uint64, err error, right bool) {
	r.AnsweredAt(number, core.CodeOf(err), right, time.Now())
}

func (r *Requests) AnsweredAt(number uint64, code core.Code, right bool, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	start, known := r.Unfinished[number]
	delete(r.Unfinished, number)
	switch {
	case !known:
		r.Twice++
	case code != core.OK:
		r.failed[code]++
		r.Failures = append(r.Failures, Failure{number, code, start, at})
	case !right:
		r.Wrong++
	default:
		r.OK++
	}
}

// ByCode says how many requests failed, and how.
func (r *Requests) ByCode() string { return byCode(r.failed) }

func byCode(failed map[core.Code]uint64) string {
	var texts []string
	for _, code := range slices.Sorted(maps.Keys(failed)) {
		texts = append(texts, fmt.Sprintf("%d %v", failed[code], code))
	}
	if len(texts) == 0 {
		return "0"
	}
	return strings.Join(texts, ", ")
}

func (r *Requests) Pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.Unfinished)
}

// Ledger is what became of requests until a moment.
type Ledger struct {
	Asked, OK, Wrong, Twice uint64
	Failures                []Failure
}

// Since is what has come to a ledger since it was another one.
func (l Ledger) Since(before Ledger) Ledger {
	return Ledger{l.Asked - before.Asked, l.OK - before.OK, l.Wrong - before.Wrong, l.Twice - before.Twice, l.Failures[len(before.Failures):]}
}

// ByCode says how many requests failed, and how.
func (l Ledger) ByCode() string {
	failed := map[core.Code]uint64{}
	for _, f := range l.Failures {
		failed[f.Code]++
	}
	return byCode(failed)
}

// SoFar is the ledger at this moment.
func (r *Requests) SoFar() Ledger {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Ledger{r.Asked, r.OK, r.Wrong, r.Twice, slices.Clone(r.Failures)}
}

// Ended tells whether every request before this number has ended.
func (r *Requests) Ended(before uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for number := range r.Unfinished {
		if number < before {
			return false
		}
	}
	return true
}
