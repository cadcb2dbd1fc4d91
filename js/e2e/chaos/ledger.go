package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ledger records what a client has sent and received.
type ledger struct {
	name     string
	recovery recovery
	subs     []*numbering
	two      []*numbering // of one SUB that is connected to two publishers, a stream of each
	overrun  *numbering   // of a SUB that gets too much at the end
	pulled   *numbering
	pushed   *pushing
	requests *requests
	arrived  *numbering // what has arrived of what was pushed; it is set by end

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
	l := &ledger{name: name, pulled: followed("PULL"), pushed: &pushing{}, requests: newRequests(firstRequest)}
	for _, topic := range w.topics {
		l.subs = append(l.subs, subscribed(topic, topic, w.pub))
	}
	l.two = []*numbering{
		subscribed(w.topics[0]+" of two", w.topics[0], w.pub, w.second),
		subscribed(secondTopic+" of two", secondTopic, w.pub, w.second),
	}
	l.overrun = subscribed(tailTopic, tailTopic, w.tail)
	return l
}

func (l *ledger) harm(at time.Time, why cause, what string) {
	l.recovery.harm(at, why)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.diary = append(l.diary, entry{at, what})
}

func (l *ledger) recovered() bool { return l.recovery.over() }

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
		l.recovery.left(at)
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
	return fmt.Sprintf("%s has pushed %d, pulled %d", l.name, l.pushed.last(), l.pulled.position())
}

// awaitAnswers waits for the requests that are under way.
func (l *ledger) awaitAnswers() error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout+patience)
	defer cancel()
	if until(ctx, func() bool { return l.requests.pending() == 0 }) != nil {
		return fmt.Errorf("hang: %d requests never ended", l.requests.pending())
	}
	return nil
}

// settled tells whether everything that was sent has arrived.
func (l *ledger) settled(w workload) bool {
	sent, err := w.sent()
	if err != nil {
		return false
	}
	for i, sub := range l.subs {
		if !sub.reached(sent.topics[i]) {
			return false
		}
	}
	if !l.two[0].reached(sent.topics[0]) || !l.two[1].reached(sent.second) || !l.overrun.reached(sent.tail) {
		return false
	}
	arrived, err := w.sink.numbers()
	return err == nil && l.pulled.reached(sent.source) && last(arrived) >= l.pushed.last()
}

func last(numbers []uint64) uint64 {
	if len(numbers) == 0 {
		return 0
	}
	return numbers[len(numbers)-1]
}

// end completes the records when nothing more will come.
func (l *ledger) end(w workload) error {
	sent, err := w.sent()
	if err != nil {
		return err
	}
	for i, sub := range l.subs {
		sub.end(sent.topics[i])
	}
	l.two[0].end(sent.topics[0])
	l.two[1].end(sent.second)
	l.overrun.end(sent.tail)
	l.pulled.end(sent.source)
	arrived, err := w.sink.numbers()
	if err != nil {
		return err
	}
	l.arrived = l.pushed.follow(arrived)
	return nil
}

// streams are all streams of the client, after end.
func (l *ledger) streams() []*numbering {
	return append(append(append([]*numbering{}, l.subs...), l.two...), l.overrun, l.pulled, l.arrived)
}
