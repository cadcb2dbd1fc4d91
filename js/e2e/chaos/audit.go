package main

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
)

// audit compares what was recorded with what a client may rely on. Everything that is wrong becomes a violation.
func (r *report) audit() error {
	s := r.scene
	for _, b := range []*process.Backend{s.rep, s.router} {
		numbers, err := b.Numbers()
		if err != nil {
			return err
		}
		for _, n := range numbers {
			r.processed[n]++
		}
	}
	for i, c := range s.clients {
		b, err := c.books()
		if err != nil {
			return err
		}
		r.clients = append(r.clients, b)
		r.auditStreams(b)
		r.auditRequests(b)
		if err := r.auditFarewells(b, s.finals[i]); err != nil {
			return err
		}
		r.auditHeirs(b)
		for _, err := range c.complaints() {
			r.violation("%s: %v", b.name, err)
		}
		if b.resets > s.bridge.Replaced {
			r.violation("%s: %d sessions were reset, by %d new bridges", b.name, b.resets, s.bridge.Replaced)
			s.chronicle = append(s.chronicle, b.beforeResets()...)
		}
	}
	return nil
}

func (r *report) auditStreams(b *ledger) {
	for _, n := range b.streams() {
		t := n.Totals()
		if t.Delivered == 0 {
			r.violation("%s %s: nothing was delivered", b.name, n.Name)
		}
		if t.Lost > 0 {
			r.violation("%s %s: lost without a word: %v; gaps were reported at %v", b.name, n.Name, n.Missed(), b.pushed.Reported())
		}
		if t.Duplicated+t.Reordered+t.Damaged+t.Late > 0 {
			r.violation("%s %s: %d duplicated, %d reordered, %d damaged, %d told of as missing that came later", b.name, n.Name, t.Duplicated, t.Reordered, t.Damaged, t.Late)
		}
		occasions := r.scene.bridge.Replaced
		for _, b := range n.publishers {
			occasions += len(b.Outages)
		}
		if t.UnknownReports > uint64(occasions) {
			r.violation("%s %s: %d gaps of unknown size, but only %d reasons for one", b.name, n.Name, t.UnknownReports, occasions)
		}
		if n.topic == tailTopic && t.Exact == 0 {
			r.violation("%s %s: the burst at the end was not too much, so that nothing is known of gaps there", b.name, n.Name)
		}
		if t.Unused > 0 {
			r.violation("%s %s: %d were reported missing that were not", b.name, n.Name, t.Unused)
		}
	}
}

// auditFarewells judges what sockets that were closed at once were told of their messages.
func (r *report) auditFarewells(b *ledger, sink *process.Backend) error {
	arrived, err := sink.Numbers()
	if err != nil {
		return err
	}
	t, lost, unfounded := b.farewells.Judge(arrived, circumstances{r.scene.bridge, sink})
	b.left = t
	if t.Delivered == 0 || t.Exact == 0 {
		r.violation("%s: of what sockets that were closed have sent, %d were delivered, and %d told of; nothing is known", b.name, t.Delivered, t.Exact)
	}
	for _, f := range lost {
		r.violation("%s: a socket was closed, and there is less than it was told: %v", b.name, f)
	}
	for _, f := range unfounded {
		r.violation("%s: a socket was closed, and told without a reason that nothing is known: %v", b.name, f)
	}
	if t.Duplicated+t.Reordered+t.Unused > 0 {
		r.violation("%s, sockets that were closed: %d duplicated, %d reordered, %d told of that arrived", b.name, t.Duplicated, t.Reordered, t.Unused)
	}
	return nil
}

// auditHeirs judges what came of a name that has gone from socket to socket.
func (r *report) auditHeirs(b *ledger) {
	h := b.heirs.Judge()
	if h.Delivered == 0 || h.Told == 0 {
		r.violation("%s: the heirs of a name got %d messages, and %d were told of another one", b.name, h.Delivered, h.Told)
	}
	if h.Ahead+h.Lost+h.Duplicated+h.Damaged > 0 {
		r.violation("%s, heirs of a name: %d messages came to the one before, %d lost, %d duplicated, %d damaged", b.name, h.Ahead, h.Lost, h.Duplicated, h.Damaged)
	}
}

func (r *report) auditRequests(b *ledger) {
	q := b.requests
	if q.OK == 0 {
		r.violation("%s: no request was answered", b.name)
	}
	if q.Wrong+q.Twice > 0 || len(q.Unfinished) > 0 {
		r.violation("%s: %d requests got a wrong answer, %d ended twice, %d never", b.name, q.Wrong, q.Twice, len(q.Unfinished))
	}
	for _, f := range q.Failures {
		r.auditFailure(b, f)
	}
	for number := q.First; number < q.First+q.Asked; number++ {
		if count := r.processed[number]; count > 1 && !record.Idempotent(number) {
			r.violation("request %d was processed %d times", number, count)
		}
	}
}

// auditFailure judges a request that was not answered. This may happen only if a process died at that time, and never to an
// idempotent request, because that is sent again.
func (r *report) auditFailure(b *ledger, f record.Failure) {
	service := r.scene.rep
	if f.Number%4 >= 2 {
		service = r.scene.router
	}
	died := slices.ContainsFunc(service.Outages, func(o process.Outage) bool { return o.Excuses(f.Start, f.End) })
	excused := false
	switch f.Code {
	case core.Lost:
		excused = died || b.resetAbout(f.End) // audit checks that there are no more resets than new bridges
	case core.Unavailable:
		excused = died
		if count := r.processed[f.Number]; count > 0 && !record.Idempotent(f.Number) {
			r.violation("%v, which means that nothing was sent, but it was processed", f)
		}
	}
	if !excused || record.Idempotent(f.Number) {
		r.violation("%s: %v at %s, and there was no reason", b.name, f, f.End.Format(clock))
	}
}
