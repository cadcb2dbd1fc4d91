//go:build long && linux

package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
)

// promise is what may come of a fault. What is not said here does not happen: nothing is lost untold, comes twice or in another order,
// the durable history has no gap, an idempotent request does not fail, and another one is not processed twice.
type promise struct {
	what   string
	fault  func(bridge int) fleettest.Fault // which strikes the bridge at which the clients are
	lasts  time.Duration
	during bool     // clients go on while it lasts
	reset  bool     // the session may be lost
	told   []string // kinds of streams of which may be told that something is missing
	late   []string // kinds of which what was told to be missing may come later, behind newer messages
	behind []string // kinds of which something may be lost that is not told at its place, but later
	fails  bool     // requests that are not idempotent may be lost
}

// promises has a row of the table in examples/cluster/README.md for each. A lease lasts for two seconds.
var promises = []promise{
	{what: "its bridge is killed", fault: fleettest.Killed, lasts: time.Second, during: true, reset: true, told: []string{"SUB, plain", "PULL", "PUSH"}, fails: true},
	{what: "its bridge is drained", fault: fleettest.Drained, lasts: 3 * time.Second, during: true, told: []string{"SUB, plain", "PULL"}},
	{what: "its bridge stands still", fault: fleettest.Stopped, lasts: time.Second, during: true, reset: true, told: []string{"SUB, plain", "PULL", "PUSH"}, late: []string{"PUSH"},
		behind: []string{"PULL"}, fails: true},
	{what: "its bridge is cut off from NATS", fault: fleettest.CutOff, lasts: 4 * time.Second},
	{what: "its bridge is restarted", fault: fleettest.Drained, told: []string{"SUB, plain", "PULL"}},
	{what: "a NATS node is killed", fault: func(int) fleettest.Fault { return fleettest.NATSKilled(0) }, lasts: 4 * time.Second, during: true},
}

// row is what has come of a fault for a client.
type row struct {
	promise
	client string
	paused time.Duration // for so long, at most, nothing came of the durable history
	account
}

// dealer is the stream of a name that goes from socket to socket. With a name comes a gap, for what the one before had. For some seconds nobody
// may have it: that is looked at in the end.
const dealer = "DEALER"

// total is the sum of all streams.
func (r row) total() (sum record.Totals) {
	for _, s := range r.streams {
		sum.Add(&s)
	}
	return sum
}

// broken says what of the promise was not kept.
func (r row) broken() (all []string) {
	broken := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	for i, s := range r.streams {
		broken(s.Delivered == 0 && kinds[i] != dealer, "%s: nothing was delivered", kinds[i])
		broken(s.Late > 0 && !slices.Contains(r.late, kinds[i]), "%s: %d came late, which were told to be missing", kinds[i], s.Late)
		broken(s.Lost > s.Behind, "%s: %d lost without a word", kinds[i], s.Lost-s.Behind)
		broken(s.Behind > 0 && !slices.Contains(r.behind, kinds[i]), "%s: %d lost that were told of later", kinds[i], s.Behind)
		broken(s.Duplicated+s.Reordered+s.Damaged+s.Unused > 0, "%s: %d duplicated, %d reordered, %d damaged, %d told of that were not missing",
			kinds[i], s.Duplicated, s.Reordered, s.Damaged, s.Unused)
		broken(s.ExactReports+s.UnknownReports > 0 && !slices.Contains(r.told, kinds[i]) && kinds[i] != dealer, "%s: it was told that something is missing", kinds[i])
	}
	q := r.requests
	broken(q.OK == 0 || q.Wrong+q.Twice > 0, "of %d requests %d were answered, %d wrong, %d twice", q.Asked, q.OK, q.Wrong, q.Twice)
	broken(r.doubled > 0, "%d requests that are not idempotent were processed twice", r.doubled)
	for _, f := range q.Failures {
		broken(record.Idempotent(f.Number) || !r.fails || f.Code != core.Lost, "%v at %s", f, f.End.Format(clock))
	}
	broken(r.resets > 0 && !r.reset, "the session was lost")
	return all
}

// session says what became of it.
func (r row) session() string {
	switch {
	case r.resets > 0:
		return "lost"
	case r.resumed > 0:
		return "goes on"
	}
	return "stays"
}

// printRows prints a row for each fault and client.
func printRows(w io.Writer, took time.Duration, rows []row) {
	fmt.Fprintf(w, "a cluster of two bridges behind HAProxy and three NATS nodes, %v\n\n", took.Round(time.Second))
	t := table(w, "what fails\tclient\tsent\tdelivered\tlost\ttold later\tduplicated\treordered\tlate\t"+
		"told of SUB, durable\tSUB, plain\tPULL\tPUSH\tDEALER\tasked\tok\tfailed\tprocessed twice\tsession\tpaused\t")
	for _, r := range rows {
		sum := r.total()
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t", r.what, r.client, sum.Sent, sum.Delivered, sum.Lost-sum.Behind, sum.Behind, sum.Duplicated, sum.Reordered, sum.Late)
		for _, s := range r.streams {
			fmt.Fprintf(t, "%d in %d\t", s.Exact+s.Unknown, s.ExactReports+s.UnknownReports)
		}
		fmt.Fprintf(t, "%d\t%d\t%s\t%d\t%s\t%v\t\n", r.requests.Asked, r.requests.OK, r.requests.ByCode(), r.again+r.doubled, r.session(), r.paused.Round(10*time.Millisecond))
	}
	t.Flush()
	fmt.Fprintln(w)
}
