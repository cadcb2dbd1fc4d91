package main

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// audit compares what was recorded with what a client may rely on. Everything that is wrong becomes a violation.
func (r *report) audit() error {
	s := r.scene
	for _, b := range []*backend{s.rep, s.router} {
		numbers, err := b.numbers()
		if err != nil {
			return err
		}
		for _, n := range numbers {
			r.processed[n]++
		}
	}
	for _, c := range s.clients {
		b, err := c.books()
		if err != nil {
			return err
		}
		r.clients = append(r.clients, b)
		r.auditStreams(b)
		r.auditRequests(b)
		for _, err := range c.complaints() {
			r.violation("%s: %v", b.name, err)
		}
		if b.resets > s.bridge.replaced {
			r.violation("%s: %d sessions were reset, by %d new bridges", b.name, b.resets, s.bridge.replaced)
			s.chronicle = append(s.chronicle, b.beforeResets()...)
		}
	}
	return nil
}

func (r *report) auditStreams(b *ledger) {
	for _, n := range b.streams() {
		if n.delivered == 0 {
			r.violation("%s %s: nothing was delivered", b.name, n.name)
		}
		if n.lost() > 0 {
			r.violation("%s %s: lost without a word: %v; gaps were reported at %v", b.name, n.name, n.holes, b.pushed.reports)
		}
		if n.duplicated+n.reordered+n.damaged > 0 {
			r.violation("%s %s: %d duplicated, %d reordered, %d damaged", b.name, n.name, n.duplicated, n.reordered, n.damaged)
		}
		occasions := r.scene.bridge.replaced
		for _, b := range n.publishers {
			occasions += len(b.outages)
		}
		if n.excused.unknownReports > uint64(occasions) {
			r.violation("%s %s: %d gaps of unknown size, but only %d reasons for one", b.name, n.name, n.excused.unknownReports, occasions)
		}
		if n == b.overrun && n.excused.exact == 0 {
			r.violation("%s %s: the burst at the end was not too much, so that nothing is known of gaps there", b.name, n.name)
		}
		if n.excused.unused > 0 {
			r.violation("%s %s: %d were reported missing that were not", b.name, n.name, n.excused.unused)
		}
	}
}

func (r *report) auditRequests(b *ledger) {
	q := b.requests
	if q.ok == 0 {
		r.violation("%s: no request was answered", b.name)
	}
	if q.wrong+q.twice > 0 || len(q.unfinished) > 0 {
		r.violation("%s: %d requests got a wrong answer, %d ended twice, %d never", b.name, q.wrong, q.twice, len(q.unfinished))
	}
	for _, f := range q.failures {
		r.auditFailure(b, f)
	}
	for number := q.first; number < q.first+q.asked; number++ {
		if count := r.processed[number]; count > 1 && !idempotent(number) {
			r.violation("request %d was processed %d times", number, count)
		}
	}
}

// auditFailure judges a request that was not answered. This may happen only if a process died at that time, and never to an
// idempotent request, because that is sent again.
func (r *report) auditFailure(b *ledger, f failure) {
	service := r.scene.rep
	if f.number%4 >= 2 {
		service = r.scene.router
	}
	died := slices.ContainsFunc(service.outages, func(o outage) bool { return o.excuses(f) })
	excused := false
	switch f.code {
	case core.Lost:
		excused = died || b.resetAbout(f.end) // audit checks that there are no more resets than new bridges
	case core.Unavailable:
		excused = died
		if count := r.processed[f.number]; count > 0 && !idempotent(f.number) {
			r.violation("%v, which means that nothing was sent, but it was processed", f)
		}
	}
	if !excused || idempotent(f.number) {
		r.violation("%s: %v at %s, and there was no reason", b.name, f, f.end.Format(clock))
	}
}
