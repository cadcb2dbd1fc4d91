package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// report is the result of a run.
type report struct {
	scene      *scene
	took       time.Duration
	memory     int64
	clients    []*ledger
	processed  map[uint64]int // how often the services have processed each request, by its number
	violations []string
}

// most is how many items of a list are printed at most.
const most = 20

func (r *report) violation(format string, args ...any) {
	r.violations = append(r.violations, fmt.Sprintf(format, args...))
}

func (r *report) print(w io.Writer) {
	s := r.scene
	fmt.Fprintf(w, "%v, seed %d\n", r.took.Round(time.Second), s.Seed)
	fmt.Fprintln(w, "connections:", r.faults())
	fmt.Fprintf(w, "bridge: %d SIGKILL, %d SIGTERM with a second bridge, %d MB at most; backends: %d SIGKILL\n\n",
		len(s.bridge.Kills), s.bridge.Replaced-len(s.bridge.Kills), r.memory>>20, r.backendKills())
	r.printMessages(w)
	r.printRequests(w)
	r.printHeirs(w)
	r.printRecovery(w)
	r.printVerdict(w)
}

func table(w io.Writer, header string) *tabwriter.Writer {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, header)
	return t
}

func (r *report) printMessages(w io.Writer) {
	t := table(w, "messages\tsent\tdelivered\tlost\tduplicated\treordered\tdamaged\tgap, exact\tgap, unknown\tdied\t")
	row := func(name string, m *record.Totals) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d in %d\t%d in %d\t%d\t\n", name, m.Sent, m.Delivered, m.Lost, m.Duplicated,
			m.Reordered, m.Damaged, m.Exact, m.ExactReports, m.Unknown, m.UnknownReports, m.Died)
	}
	var all record.Totals
	for _, c := range r.clients {
		for _, n := range c.streams() {
			m := n.Totals()
			row(c.name+" "+n.Name, &m)
			all.Add(&m)
		}
		heirs := c.heirs.Judge().Totals
		row(c.name+" PUSH, closed", &c.left)
		row(c.name+" DEALER, heirs", &heirs)
		all.Add(&c.left)
		all.Add(&heirs)
	}
	row("all", &all)
	t.Flush()
	fmt.Fprintln(w)
}

func (r *report) printRequests(w io.Writer) {
	t := table(w, "requests\tasked\tok\tfailed\twrong answer\tanswered twice\tnever\tprocessed twice\tsessions resumed\treset\t")
	for _, c := range r.clients {
		q := c.requests
		again := 0
		for number := q.First; number < q.First+q.Asked; number++ {
			if r.processed[number] > 1 {
				again++
			}
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", c.name, q.Asked, q.OK, q.ByCode(), q.Wrong, q.Twice,
			len(q.Unfinished), again, c.resumed, c.resets)
	}
	t.Flush()
	fmt.Fprintln(w)
}

func (r *report) printHeirs(w io.Writer) {
	t := table(w, "names\towners\tnext one told\tto the one before\tto the next one\t")
	for _, c := range r.clients {
		h := c.heirs.Judge()
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t\n", c.name, h.Heirs, h.Told, h.Ahead, h.Left)
	}
	t.Flush()
	fmt.Fprintln(w)
}

func (r *report) printRecovery(w io.Writer) {
	t := table(w, "time to recover\tcount\tp50\tp99\tmax\t")
	for _, c := range r.clients {
		for why, samples := range c.recovery.Samples() {
			if len(samples) == 0 {
				continue
			}
			p50, p99, most := record.Quantiles(samples)
			ms := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
			fmt.Fprintf(t, "%s %s\t%d\t%v\t%v\t%v\t\n", c.name, record.CauseNames[why], len(samples), ms(p50), ms(p99), ms(most))
		}
	}
	t.Flush()
	fmt.Fprintln(w)
}

func (r *report) faults() string {
	var texts []string
	for k := range schedule.Kinds {
		count := 0
		for _, p := range r.scene.proxies {
			count += p.Count(k)
		}
		if count > 0 {
			texts = append(texts, fmt.Sprintf("%d %s", count, k))
		}
	}
	return strings.Join(texts, ", ")
}

func (r *report) printVerdict(w io.Writer) {
	if len(r.violations) == 0 {
		fmt.Fprintln(w, "ok: nothing was lost, duplicated or reordered but what was reported, and every request ended once")
		return
	}
	fmt.Fprintln(w, strings.Join(r.scene.chronicle, "\n"))
	for i, v := range r.violations {
		if i == most {
			fmt.Fprintf(w, "FAILED: and %d more\n", len(r.violations)-most)
			return
		}
		fmt.Fprintln(w, "FAILED:", v)
	}
}

func (r *report) backendKills() (count int) {
	for _, b := range r.scene.backends() {
		count += len(b.Outages)
	}
	return count
}
