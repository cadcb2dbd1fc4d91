package bench

import "fmt"

// TableHead stands above Rows.
const TableHead = "" +
	"                                                    per s    loss %    p50 µs    p99 µs  p99.9 µs  CPU s/M    MiB  KiB/client\n"

// Row is the result as one line of a table.
func (r *Result) Row() string {
	text := fmt.Sprintf("%-46s", r.Name())
	if r.Mode == "idle" {
		text += fmt.Sprintf("%50s", "")
	} else {
		loss := "-"
		if r.Loss != nil {
			loss = fmt.Sprintf("%.3f", *r.Loss*100)
		}
		text += fmt.Sprintf(" %10s%10s", short(r.PerSecond), loss)
		if l := r.Latency; l != nil {
			text += fmt.Sprintf("%10d%10d%10d", l.P50, l.P99, l.P999)
		} else {
			text += fmt.Sprintf("%10s%10s%10s", "-", "-", "-")
		}
	}
	switch s := r.Server; {
	case s == nil:
	case r.Mode == "idle":
		text += fmt.Sprintf(" %9s%7.1f%12.1f", "", s.RSS, s.KBPerClient)
	default:
		text += fmt.Sprintf("%9.2f%7.1f", s.CPUPerMillion, s.RSS)
	}
	return text + "\n"
}
