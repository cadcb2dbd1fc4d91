package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
)

// ledger records what a client has sent and received.
type ledger struct {
	name      string
	recovery  record.Recovery
	subs      []subscription
	pulled    *stream
	pushed    *record.Pushing
	farewells record.Farewells // of sockets that were closed at once
	heirs     record.Heirs     // of a name at the herald
	left      record.Totals    // of what farewells have; it is set by the audit
	requests  *record.Requests
	arrived   *stream // what has arrived of what was pushed; it is set by end

	mu      sync.Mutex
	resumed int
	resets  int
	diary   []entry
	errors  []error // those that no fault explains
}

// clock is the format in which a time of day is printed.
const clock = "15:04:05.000"

// entry is something that has happened to a connection, or that the client has reported of it.
type entry struct {
	at   time.Time
	what string
}

// beforeResets lists what happened in the second before each reset.
func (l *ledger) beforeResets() (lines []string) {
	slices.SortStableFunc(l.diary, func(a, b entry) int { return a.at.Compare(b.at) })
	for i, e := range l.diary {
		near := slices.ContainsFunc(l.diary[i:], func(later entry) bool {
			return later.what == "reset" && later.at.Sub(e.at) < time.Second
		})
		if near {
			lines = append(lines, fmt.Sprintf("%s  %s: %s", e.at.Format(clock), l.name, e.what))
		}
	}
	return lines
}

// resetAbout tells whether a session was lost at about this time. The times that a page notes of one event may differ a little.
func (l *ledger) resetAbout(at time.Time) bool {
	return slices.ContainsFunc(l.diary, func(e entry) bool { return e.what == "reset" && at.Sub(e.at).Abs() < 200*time.Millisecond })
}

func newLedger(name string, firstRequest uint64, w workload) *ledger {
	return &ledger{name: name, subs: w.subs, pulled: &stream{Numbering: record.Followed("PULL"), sender: w.source, at: 1},
		pushed: &record.Pushing{}, requests: record.NewRequests(firstRequest)}
}

func (l *ledger) harm(at time.Time, why record.Cause, what string) {
	l.recovery.Harm(at, why)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.diary = append(l.diary, entry{at, what})
}

func (l *ledger) recovered() bool { return l.recovery.Over() }

// happened notes an event of the connection, by its name in JavaScript.
func (l *ledger) happened(event string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.diary = append(l.diary, entry{at, event})
	switch event {
	case "resumed":
		l.resumed++
	case "reset":
		l.resets++
	case "reconnecting":
		l.recovery.Left(at)
	case "closed":
		l.errors = append(l.errors, errors.New("the context has given up"))
	}
}

func (l *ledger) wrong(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors = append(l.errors, err)
}

// complaints are the errors that no fault explains.
func (l *ledger) complaints() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.errors)
}

func (l *ledger) position() string {
	return fmt.Sprintf("%s has pushed %d, pulled %d", l.name, l.pushed.Last(), l.pulled.Position())
}

// awaitAnswers waits for the requests that are under way.
func (l *ledger) awaitAnswers() error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout+process.Patience)
	defer cancel()
	if until(ctx, func() bool { return l.requests.Pending() == 0 }) != nil {
		return fmt.Errorf("hang: %d requests never ended", l.requests.Pending())
	}
	return nil
}

// settled tells whether everything that was sent has arrived.
func (l *ledger) settled(w workload) bool {
	for _, s := range l.received() {
		if !s.settled() {
			return false
		}
	}
	arrived, err := w.sink.Numbers()
	return err == nil && last(arrived) >= l.pushed.Last()
}

func last(numbers []uint64) uint64 {
	if len(numbers) == 0 {
		return 0
	}
	return numbers[len(numbers)-1]
}

// end completes the records when nothing more will come.
func (l *ledger) end(w workload) error {
	for _, s := range l.received() {
		if err := s.complete(); err != nil {
			return err
		}
	}
	arrived, err := w.sink.Numbers()
	if err != nil {
		return err
	}
	l.arrived = &stream{Numbering: l.pushed.Follow(arrived)}
	return nil
}

// received are the streams that the client receives.
func (l *ledger) received() (all []*stream) {
	for _, sub := range l.subs {
		all = append(all, sub...)
	}
	return append(all, l.pulled)
}

// streams are all streams of the client, after end.
func (l *ledger) streams() []*stream { return append(l.received(), l.arrived) }
